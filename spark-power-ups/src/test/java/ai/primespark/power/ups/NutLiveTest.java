package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.testkit.LocalNut;
import ai.primespark.testkit.NeedsNut;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real upsd with the driver dummy-ups. */
@NeedsNut
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NutLiveTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static LocalNut nut;
    private TestContext context;

    @BeforeAll
    static void startServer() {
        nut = LocalNut.start();
    }

    @AfterAll
    static void stopServer() {
        nut.close();
    }

    @BeforeEach
    void openContext() {
        context = TestContext.create();
        nut.set("ups.status", "OL CHRG");
        await().atMost(PATIENCE).until(() -> nut.status().equals("OL CHRG"));
    }

    @AfterEach
    void closeContext() {
        context.close();
    }

    private PowerSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(
                Map.of("host", "127.0.0.1", "port", nut.port(), "ups", LocalNut.UPS, "max-backoff", "200 ms"));
        settings.putAll(more);
        NutSourceProvider provider = new NutSourceProvider();
        return provider.create(context.with(provider, settings));
    }

    private static PowerReading read(PowerSource source) {
        return source.read(Deadline.in(Duration.ofSeconds(5)));
    }

    private static PowerReading awaitReading(PowerSource source, Predicate<PowerReading> condition) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(PowerException.class)
                .until(() -> read(source), condition);
    }

    @Test
    void readsWhatTheServerSays() throws Exception {
        try (PowerSource source = source(Map.of())) {
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
            assertThat(reading.flags()).containsExactly(PowerFlag.CHARGING);
            assertThat(reading.chargePercent()).isEqualTo(OptionalDouble.of(97));
            assertThat(reading.runtime()).contains(Duration.ofMinutes(30));
            assertThat(reading.watts()).isEqualTo(OptionalDouble.of(38));
            assertThat(reading.wattsEstimated()).isFalse();
            assertThat(reading.quality()).isEqualTo(Quality.FRESH);
        }
    }

    @Test
    void followsTheUpsFromMainsToAForcedShutdownAndBack() throws Exception {
        try (PowerSource source = source(Map.of())) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.MAINS);
            nut.set("ups.status", "OB DISCHRG");
            PowerReading battery = awaitReading(source, r -> r.supply() == PowerSupply.BATTERY);
            assertThat(battery.flags()).containsExactly(PowerFlag.DISCHARGING);
            nut.set("ups.status", "OB DISCHRG LB");
            awaitReading(source, r -> r.flags().contains(PowerFlag.LOW_BATTERY));
            nut.forceShutdown();
            PowerReading forced = awaitReading(source, r -> r.flags().contains(PowerFlag.FORCED_SHUTDOWN));
            assertThat(forced.supply()).isEqualTo(PowerSupply.BATTERY);
            nut.set("ups.status", "OL");
            PowerReading latched = awaitReading(source, r -> r.supply() == PowerSupply.MAINS);
            assertThat(latched.flags()).as("an order stays").contains(PowerFlag.FORCED_SHUTDOWN);
            nut.killServer();
            nut.startServer();
            PowerReading over = awaitReading(
                    source,
                    r -> r.supply() == PowerSupply.MAINS
                            && r.quality() == Quality.FRESH
                            && r.flags().isEmpty());
            assertThat(over.otherTokens()).isEmpty();
        }
    }

    @Test
    void aDriverThatHangsMakesTheReadingStaleAndKeepsWhatWasKnown() throws Exception {
        try (PowerSource source = source(Map.of())) {
            nut.set("ups.status", "OB DISCHRG");
            awaitReading(source, r -> r.supply() == PowerSupply.BATTERY);
            nut.pauseDriver();
            try {
                PowerReading stale = awaitReading(source, r -> r.quality() == Quality.STALE);
                assertThat(stale.supply()).isEqualTo(PowerSupply.BATTERY);
                assertThat(stale.chargePercent()).isEqualTo(OptionalDouble.of(97));
            } finally {
                nut.resumeDriver();
            }
            PowerReading again = awaitReading(source, r -> r.quality() == Quality.FRESH);
            assertThat(again.supply()).isEqualTo(PowerSupply.BATTERY);
        }
    }

    @Test
    void aDriverThatDiedIsAPassingFailureAndItsRestartIsNoNewsOfThePower() throws Exception {
        try (PowerSource source = source(Map.of())) {
            nut.set("ups.status", "OB DISCHRG");
            awaitReading(source, r -> r.supply() == PowerSupply.BATTERY);
            nut.killDriver();
            PowerException lost = await().atMost(PATIENCE).until(() -> failureOf(source), failure -> failure != null);
            assertThat(lost).hasMessageContaining("DRIVER-NOT-CONNECTED").hasMessageContaining("driver");
            assertThat(lost.retryable()).isTrue();
            nut.startDriver();
            // WAIT, which the server says until the driver has told it something, is no fresh reading
            PowerReading again = awaitReading(source, r -> r.quality() == Quality.FRESH);
            assertThat(again.supply()).isEqualTo(PowerSupply.BATTERY);
        }
    }

    private static PowerException failureOf(PowerSource source) {
        try {
            var unused = read(source);
            return null;
        } catch (PowerException e) {
            return e;
        }
    }

    /** upsd closes a connection after 60 s without a command; that is waited for in the exhaustive run only. */
    @Test
    void aConnectionThatTheServerClosedForItsIdlenessIsNoFailure() throws Exception {
        Duration idle = Boolean.getBoolean("spark.exhaustive") ? Duration.ofSeconds(63) : Duration.ofMillis(100);
        try (PowerSource source = source(Map.of())) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.MAINS);
            await().pollDelay(idle)
                    .atMost(idle.plus(PATIENCE))
                    .until(() -> nut.status().equals("OL CHRG"));
            assertThat(read(source).supply()).isEqualTo(PowerSupply.MAINS);
        }
    }

    @Test
    void aServerThatIsKilledIsFoundAgain() throws Exception {
        try (PowerSource source = source(Map.of())) {
            var unused = read(source);
            nut.killServer();
            assertThatThrownBy(() -> read(source))
                    .isInstanceOfSatisfying(
                            PowerException.class, e -> assertThat(e.retryable()).isTrue());
            nut.startServer();
            awaitReading(source, r -> r.supply() == PowerSupply.MAINS && r.quality() == Quality.FRESH);
        }
    }

    @Test
    void aServerThatHangsEndsAtTheDeadlineAndIsReadAgainAfterwards() throws Exception {
        try (PowerSource source = source(Map.of())) {
            var unused = read(source);
            nut.pauseServer();
            try {
                assertThatThrownBy(() -> source.read(Deadline.in(Duration.ofMillis(300))))
                        .isInstanceOf(PowerException.class)
                        .hasMessageContaining("in time");
            } finally {
                nut.resumeServer();
            }
            awaitReading(source, r -> r.supply() == PowerSupply.MAINS);
        }
    }

    @Test
    void aSecondaryIsCountedUntilItHasDrainedAndAgainWhenTheDangerIsOver() throws Exception {
        try (PowerSource source =
                source(Map.of("login", true, "username", LocalNut.SECONDARY, "password", LocalNut.SECONDARY))) {
            assertThat(source.shutdownGrace()).contains(Duration.ofSeconds(15));
            assertThat(read(source).supply()).isEqualTo(PowerSupply.MAINS);
            assertThat(nut.logins()).isEqualTo(1);
            nut.set("ups.status", "OB LB");
            awaitReading(source, r -> r.supply() == PowerSupply.BATTERY);
            source.drained(Deadline.in(Duration.ofSeconds(5)));
            await().atMost(PATIENCE).until(() -> nut.logins() == 0);
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(nut.logins())
                    .as("reading on does not hold up the primary")
                    .isZero();
            nut.set("ups.status", "OL");
            awaitReading(source, r -> r.supply() == PowerSupply.MAINS && nut.logins() == 1);
        }
        await().atMost(PATIENCE).until(() -> nut.logins() == 0);
    }

    @Test
    void aWrongPasswordIsAMatterOfConfigurationAndIsNotShown() throws Exception {
        try (PowerSource source =
                source(Map.of("login", true, "username", LocalNut.SECONDARY, "password", "not-the-pass-word"))) {
            assertThatThrownBy(() -> read(source)).isInstanceOfSatisfying(PowerException.class, e -> {
                assertThat(e.retryable()).isFalse();
                assertThat(e).hasMessageContaining("ACCESS-DENIED").hasMessageContaining("upsd.users");
                assertThat(e.toString()).doesNotContain("not-the-pass-word");
            });
        }
    }

    @Test
    void aNameThatTheServerDoesNotKnowIsAMatterOfConfiguration() throws Exception {
        try (PowerSource source = source(Map.of("ups", "nonesuch"))) {
            assertThatThrownBy(() -> read(source)).isInstanceOfSatisfying(PowerException.class, e -> {
                assertThat(e.retryable()).isFalse();
                assertThat(e).hasMessageContaining("UNKNOWN-UPS").hasMessageContaining("nonesuch@127.0.0.1");
            });
        }
    }

    @Test
    void aUpsThatNeverHadADriverIsAPassingFailure() throws Exception {
        try (PowerSource source = source(Map.of("ups", LocalNut.GHOST))) {
            assertThatThrownBy(() -> read(source))
                    .isInstanceOfSatisfying(
                            PowerException.class, e -> assertThat(e.retryable()).isTrue())
                    .hasMessageContaining("DRIVER-NOT-CONNECTED");
        }
    }

    @Test
    void withoutANameAServerWithSeveralUpsesIsAskedForOne() throws Exception {
        NutSourceProvider provider = new NutSourceProvider();
        try (PowerSource source =
                provider.create(context.with(provider, Map.of("host", "127.0.0.1", "port", nut.port())))) {
            assertThatThrownBy(() -> read(source))
                    .isInstanceOf(PowerException.class)
                    .hasMessageContaining("set ups to one of: ")
                    .hasMessageContaining(LocalNut.GHOST)
                    .hasMessageContaining(LocalNut.UPS);
        }
    }

    @Test
    void encryptionThatIsRequiredIsNotGivenUp() throws Exception {
        try (PowerSource source = source(Map.of("tls.mode", "require"))) {
            assertThatThrownBy(() -> read(source)).isInstanceOfSatisfying(PowerException.class, e -> {
                assertThat(e.retryable()).isFalse();
                assertThat(e).hasMessageContaining("FEATURE-NOT-CONFIGURED").hasMessageContaining("certificate");
            });
        }
    }
}
