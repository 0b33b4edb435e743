package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is expected of a host, at given moments: no clock runs here. */
class HostKnowledgeTest {

    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;
    private static final Workload SHORT = new Workload(400, 0, 0);

    private final HostKnowledge host = new HostKnowledge(Zone.EDGE, 16);

    static ModelInfo model(String name, boolean loaded, int context, @Nullable Instant until) {
        return new ModelInfo(name, "", 2_000_000_000, loaded, context, until, List.of(), false);
    }

    private void saw(long at, ModelInfo... models) {
        host.saw(new BackendStatus("", List.of(models)), at, NOON.plusNanos(at));
    }

    private Forecast forecast(Workload work, int before, long at) {
        return host.forecast("m", work, before, 0, at);
    }

    /** A call that took 20 s to load, 1 ms a token of 100, and 100 ms beside. */
    private void measured(long load, boolean led, long at) {
        long first = load + SECOND / 5;
        host.began("m", first, SHORT, false, true, at);
        Timings timings = new Timings(Duration.ofNanos(load), Duration.ofMillis(100), Duration.ofSeconds(1));
        host.answered(
                "m",
                "m",
                led ? Readiness.COLD : Readiness.WARM,
                new ModelRates.Observation(first, first + SECOND, SHORT, new Usage(100, 50), timings, led, true, at));
    }

    @Test
    void aHostThatWasNotAskedYetSaysNothing() {
        Forecast forecast = forecast(SHORT, 0, 0);

        assertThat(forecast.readiness()).isEqualTo(Readiness.UNKNOWN);
        assertThat(forecast.measured()).isFalse();
        assertThat(forecast.expected()).isNull();
        assertThat(forecast.words()).contains("not measured");
    }

    @Test
    void aModelThatIsNotLoadedCostsItsLoadingTime() {
        measured(20 * SECOND, true, 0);
        long later = 600 * SECOND;
        saw(later, model("m:latest", false, 0, null));

        Forecast cold = forecast(SHORT, 0, later);
        assertThat(cold.readiness()).isEqualTo(Readiness.COLD);
        assertThat(cold.loading()).isEqualTo(20 * SECOND);
        assertThat(cold.words()).contains("must be loaded");

        saw(later, model("m:latest", true, 4096, null));
        Forecast warm = forecast(SHORT, 0, later);
        assertThat(warm.readiness()).isEqualTo(Readiness.WARM);
        assertThat(warm.loading()).isZero();
        assertThat(cold.nanos() - warm.nanos()).isEqualTo(20 * SECOND);
    }

    private static ModelInfo known(String name, String digest, String capability, boolean remote) {
        return new ModelInfo(name, digest, 1, false, 0, null, List.of(capability), remote);
    }

    @Test
    void aDigestIsKnownFromAStatusUntilThatIsOld() {
        assertThat(host.digest("m", 0)).isEmpty();
        saw(
                0,
                known("m:latest", "d1", "completion", false),
                known("far:latest", "d2", "completion", true),
                known("vectors:latest", "d3", "embedding", false));

        assertThat(host.digest("M", SECOND)).isEqualTo("d1");
        assertThat(host.digest("far", SECOND))
                .as("a model that is somebody else's")
                .isEmpty();
        assertThat(host.digest("missing", SECOND)).isEmpty();
        assertThat(host.digest("m", 3_700 * SECOND)).isEmpty();
    }

    @Test
    void theDigestOfAHostsDefaultIsKnownWhenItHasOneModelThatAnswersOrHasAnswered() {
        saw(0, known("m", "d1", "completion", false), known("vectors", "d3", "embedding", false));
        assertThat(host.digest("", SECOND)).isEqualTo("d1");

        saw(1, known("m", "d1", "completion", false), known("n", "d2", "completion", false));
        assertThat(host.digest("", SECOND)).isEmpty();
        host.answered(
                "",
                "n:latest",
                Readiness.WARM,
                new ModelRates.Observation(1, 2, SHORT, Usage.NONE, Timings.NONE, false, true, SECOND));
        assertThat(host.digest("", SECOND)).isEqualTo("d2");
    }

    @Test
    void aLoadThatWasNeverSeenIsJudgedByTheModelsSize() {
        saw(0, model("m", false, 0, null), model("other", true, 0, null));

        Forecast forecast = forecast(SHORT, 0, 0);
        assertThat(forecast.loading()).isEqualTo(10 * SECOND);
        assertThat(forecast.measured()).isFalse();
    }

    @Test
    void aModelIsUnloadedWhenTheServerSaidSo() {
        saw(0, model("m", true, 4096, NOON.plusSeconds(300)));

        assertThat(forecast(SHORT, 0, 299 * SECOND).readiness()).isEqualTo(Readiness.WARM);
        assertThat(forecast(SHORT, 0, 301 * SECOND).readiness()).isEqualTo(Readiness.COLD);
    }

    @Test
    void aServerWhoseClockIsWrongIsBelievedThatTheModelIsLoaded() {
        saw(0, model("m", true, 4096, NOON.minusSeconds(3_600)));

        assertThat(forecast(SHORT, 0, SECOND).readiness()).isEqualTo(Readiness.WARM);
    }

    @Test
    void anotherContextWindowMeansLoadingAgain() {
        saw(0, model("m", true, 4_096, null));

        assertThat(forecast(new Workload(10, 0, 8_192), 0, 1).readiness()).isEqualTo(Readiness.COLD);
        assertThat(forecast(new Workload(10, 0, 4_096), 0, 1).readiness()).isEqualTo(Readiness.WARM);
        assertThat(forecast(new Workload(10, 0, 0), 0, 1).readiness()).isEqualTo(Readiness.WARM);
    }

    @Test
    void aTokenShowsThatTheModelIsLoadedUntilANewerStatusSaysOtherwise() {
        saw(0, model("m", false, 0, null), model("other", true, 0, null));
        host.began("m", SECOND, SHORT, false, true, 10 * SECOND);

        assertThat(forecast(SHORT, 0, 11 * SECOND).readiness()).isEqualTo(Readiness.WARM);
        assertThat(forecast(SHORT, 0, 400 * SECOND).readiness()).isEqualTo(Readiness.COLD);

        saw(12 * SECOND, model("m", false, 0, null), model("other", true, 0, null));
        assertThat(forecast(SHORT, 0, 13 * SECOND).readiness()).isEqualTo(Readiness.COLD);
    }

    @Test
    void aServerThatNeverSaysWhatIsLoadedIsNotTakenForCold() {
        saw(0, new ModelInfo("m", "", -1, false, 0, null, List.of(), false));
        assertThat(forecast(SHORT, 0, 1).readiness()).isEqualTo(Readiness.UNKNOWN);

        saw(0, new ModelInfo("m", "", 1, false, 0, null, List.of(), true));
        assertThat(forecast(SHORT, 0, 1).readiness())
                .as("somebody else's machine")
                .isEqualTo(Readiness.UNKNOWN);

        saw(0, new ModelInfo("m", "", 1, false, 0, null, List.of(), false));
        for (int i = 0; i < 3; i++) {
            assertThat(forecast(SHORT, 0, 1_000 * SECOND).readiness()).isEqualTo(Readiness.COLD);
            measured(0, true, 0); // it began at once, so it was loaded
        }
        assertThat(forecast(SHORT, 0, 1_000 * SECOND).readiness()).isEqualTo(Readiness.UNKNOWN);
    }

    @Test
    void callsThatAreBeforeAreWaitedFor() {
        measured(0, false, 0);
        long alone = forecast(SHORT, 0, 0).nanos();

        Forecast third = forecast(SHORT, 2, 0);
        assertThat(third.waiting()).isEqualTo(2 * 1_100_000_000L);
        assertThat(third.nanos()).isEqualTo(alone + third.waiting());
        assertThat(host.forecast("m", SHORT, 1, 1, 0).nanos()).isEqualTo(third.nanos());
    }

    @Test
    void aHostThatWasSeenToServeSeveralAtOnceIsWaitedForLess() {
        measured(0, false, 0);
        host.began("m", SECOND / 5, SHORT, true, true, 0);
        host.began("m", SECOND / 5, SHORT, true, true, 0);

        assertThat(forecast(SHORT, 1, 0).waiting()).isZero();
        assertThat(forecast(SHORT, 2, 0).waiting()).isEqualTo(1_100_000_000L / 2);
    }

    @Test
    void aLoadThatIsRunningCostsOnlyWhatIsLeftOfIt() {
        measured(20 * SECOND, true, 0);
        long now = 1_000 * SECOND;
        ColdLoads.Load load = host.loads().lead(host.key("m"), now);
        assertThat(host.loads().announce(load)).isNull();

        assertThat(forecast(SHORT, 0, now + 15 * SECOND).loading()).isEqualTo(5 * SECOND);
        assertThat(forecast(SHORT, 0, now + 25 * SECOND).loading()).isZero();
    }

    @Test
    void anotherModelsFigureIsBetterThanNone() {
        host.began("other", SECOND, SHORT, false, true, 0);

        assertThat(forecast(SHORT, 0, 0).expected()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void theDefaultModelIsKnownByTheNameItAnsweredUnder() {
        host.began("", SECOND, SHORT, false, true, 0);
        host.answered(
                "",
                "Llama3.2:latest",
                Readiness.UNKNOWN,
                new ModelRates.Observation(SECOND, SECOND, SHORT, Usage.NONE, Timings.NONE, false, true, 0));

        assertThat(host.key("")).isEqualTo("llama3.2");
        assertThat(host.figures())
                .singleElement()
                .satisfies(f -> assertThat(f.model()).isEqualTo("llama3.2"));
    }

    @Test
    void aHostThatDoesNotListTheModelLacksIt() {
        assertThat(forecast(SHORT, 0, 0).lacking()).isFalse();
        saw(0, model("other", true, 0, null));

        assertThat(forecast(SHORT, 0, 0).lacking()).isTrue();
        assertThat(forecast(SHORT, 0, 0).words()).contains("does not list");
        saw(0);
        assertThat(forecast(SHORT, 0, 0).lacking())
                .as("a server without a list")
                .isFalse();
    }

    @Test
    void noMoreModelsAreRememberedThanThereIsRoomFor() {
        for (int i = 0; i < 10 * RateBook.MOST; i++) {
            host.began("model-" + i, SECOND, SHORT, false, true, i * SECOND);
        }
        assertThat(host.figures()).hasSizeLessThanOrEqualTo(RateBook.MOST);
        assertThat(host.figures())
                .extracting(f -> f.model())
                .contains("model-" + (10 * RateBook.MOST - 1))
                .doesNotContain("model-0");
    }

    @Test
    void theFiguresCanBeLookedAt() {
        measured(20 * SECOND, true, 0);

        assertThat(host.figures()).singleElement().satisfies(figures -> {
            assertThat(figures.model()).isEqualTo("m");
            assertThat(figures.loadTime()).contains(Duration.ofSeconds(20));
            assertThat(figures.promptTokensPerSecond()).isEqualTo(1_000);
            assertThat(figures.answerTokensPerSecond()).isEqualTo(50);
            assertThat(figures.slowTimeToFirstToken()).isEmpty();
            assertThat(figures.calls()).isOne();
        });
    }
}
