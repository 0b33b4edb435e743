package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnderWayTest {

    private static final TierKey KEY = TierKey.of("default", "key");
    private static final Version OLDER = Version.of(1, 0, "a");
    private static final Version NEWER = Version.of(2, 0, "a");

    private final UnderWay underWay = new UnderWay();
    private final List<Version> before = new ArrayList<>();

    @Test
    void anOlderWriteThatComesLastLearnsOfTheNewerOneThatIsDone() {
        underWay.begin(KEY); // the older one
        underWay.begin(KEY);
        underWay.show(KEY, NEWER, before::add);
        underWay.end(KEY);

        underWay.show(KEY, OLDER, before::add);
        underWay.end(KEY);

        assertThat(before).containsExactly(null, NEWER);
    }

    @Test
    void nothingIsRememberedWhenNoWriteIsUnderWay() {
        underWay.begin(KEY);
        underWay.show(KEY, NEWER, before::add);
        underWay.end(KEY);
        underWay.begin(KEY);

        underWay.show(KEY, OLDER, before::add);

        assertThat(before).containsExactly(null, null);
    }
}
