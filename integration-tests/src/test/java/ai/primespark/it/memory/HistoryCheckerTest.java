package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The checker finds what it must find, and nothing else. */
class HistoryCheckerTest {

    private static final Version ONE = Version.of(1000, 0, "a");
    private static final Version TWO = Version.of(2000, 0, "a");

    private static final List<String> PUT_ONE =
            List.of(History.begin(Event.Kind.PUT, "k", 1, 10), History.end(1, 20, ONE));
    private static final List<String> PUT_TWO =
            List.of(History.begin(Event.Kind.PUT, "k", 2, 30), History.end(2, 40, TWO));
    private static final List<String> DELETE_TWO =
            List.of(History.begin(Event.Kind.DELETE, "k", 2, 30), History.end(2, 40, TWO));

    @Test
    void acceptsWhatIsRight() {
        HistoryChecker checker = checker(
                        PUT_ONE,
                        List.of(found(1, ONE, 21, 25)),
                        PUT_TWO,
                        List.of(History.read(Event.Kind.UNKNOWN, "k", 0, 50, 60, "-"), found(2, TWO, 61, 70)))
                .checkReads()
                .checkEnd(key -> Optional.of(new HistoryChecker.Value(2, TWO)));

        assertThat(checker.violations()).isEmpty();
    }

    @Test
    void findsAnAcknowledgedWriteThatIsLost() {
        assertThat(checker(PUT_ONE).checkEnd(key -> Optional.empty()).violations())
                .singleElement()
                .asString()
                .contains("is lost");
        assertThat(checker(PUT_ONE, PUT_TWO)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(1, ONE)))
                        .violations())
                .singleElement()
                .asString()
                .contains("is lost; there is");
    }

    @Test
    void findsADeletedValueThatIsBack() {
        assertThat(checker(PUT_ONE, DELETE_TWO)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(1, ONE)))
                        .violations())
                .singleElement()
                .asString()
                .contains("was deleted and is back");
    }

    @Test
    void findsAValueThatNobodyWrote() {
        assertThat(checker(PUT_ONE)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(7, ONE)))
                        .violations())
                .hasSize(1);
        assertThat(checker(PUT_ONE)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(7, TWO)))
                        .violations())
                .hasSize(1);
    }

    @Test
    void acceptsAWriteWhoseEndNobodySaw() {
        List<String> open = List.of(History.begin(Event.Kind.PUT, "k", 2, 30), "end 2 40 cu");

        assertThat(checker(PUT_ONE, open)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(2, TWO)))
                        .violations())
                .isEmpty();
        assertThat(checker(PUT_ONE, open)
                        .checkEnd(key -> Optional.of(new HistoryChecker.Value(1, ONE)))
                        .violations())
                .isEmpty();
        assertThat(checker(PUT_ONE, open).checkEnd(key -> Optional.empty()).violations())
                .hasSize(1);
    }

    @Test
    void findsVersionsThatGoBack() {
        assertThat(checker(PUT_ONE, PUT_TWO, List.of(found(1, ONE, 50, 60)))
                        .checkReads()
                        .violations())
                .singleElement()
                .asString()
                .contains("went back");
        assertThat(checker(PUT_ONE, List.of(found(2, TWO, 22, 25), found(1, ONE, 26, 28)))
                        .checkReads()
                        .violations())
                .hasSize(1);
    }

    @Test
    void findsAbsentClaimedWrongly() {
        String absent = History.read(Event.Kind.ABSENT, "k", 0, 50, 60, "-");

        assertThat(checker(PUT_ONE, List.of(absent)).checkReads().violations())
                .singleElement()
                .asString()
                .contains("says absent");
        assertThat(checker(PUT_ONE, DELETE_TWO, List.of(absent)).checkReads().violations())
                .isEmpty();
    }

    private static String found(long number, Version version, long began, long ended) {
        return History.read(Event.Kind.FOUND, "k", number, began, ended, version.toString());
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // only read
    private static HistoryChecker checker(List<String>... parts) {
        History history = new History();
        history.add(List.of(parts).stream().flatMap(List::stream).toList());
        return new HistoryChecker(history);
    }
}
