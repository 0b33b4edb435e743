package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.PowerRig.Fault;
import ai.primespark.testkit.PowerRig.Scene;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a server may answer that a real one rarely does. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NutSourceTest {

    private TestContext context;
    private NutRig rig;

    @BeforeEach
    void open() throws IOException {
        context = TestContext.create();
        rig = new NutRig(Map.of("max-backoff", "0 s"));
        rig.say(Scene.BATTERY);
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
        context.close();
    }

    private PowerSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(rig.settings());
        settings.putAll(more);
        NutSourceProvider provider = new NutSourceProvider();
        return provider.create(context.with(provider, settings));
    }

    private static PowerReading read(PowerSource source) {
        return source.read(Deadline.in(Duration.ofSeconds(10)));
    }

    private static PowerException failure(PowerSource source) {
        return catchThrowableOfType(PowerException.class, () -> read(source));
    }

    @ParameterizedTest
    @EnumSource(NutError.class)
    void everyErrorIsSaidAsWhatItMeans(NutError error) throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.refuse("LIST VAR", "ERR " + error.code() + " some more");
            if (error == NutError.DATA_STALE) {
                assertThat(read(source).quality()).isEqualTo(Quality.STALE);
                return;
            }
            PowerException failure = failure(source);
            assertThat(failure).hasMessageContaining(error.code()).hasMessageContaining(error.meaning());
            assertThat(failure.retryable()).isEqualTo(error.kind() == NutError.Kind.TRANSIENT);
            rig.refuseNothing();
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(rig.accepted()).as("the connection was kept").isEqualTo(1);
        }
    }

    @Test
    void anErrorOfALaterVersionIsKeptAsText() throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.refuse("LIST VAR", "ERR FLUX-DEPLETED");
            assertThat(failure(source)).hasMessageContaining("FLUX-DEPLETED");
            assertThat(failure(source).retryable()).isTrue();
        }
    }

    @Test
    void staleDataBeforeAnythingWasKnownIsAnUnknownSupply() throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.refuse("LIST VAR", "ERR DATA-STALE");
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.UNKNOWN);
            assertThat(reading.chargePercent()).isEmpty();
        }
    }

    @Test
    void waitKeepsWhatWasKnownAndLetsAnOrderThrough() throws Exception {
        try (PowerSource source = source(Map.of())) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            rig.variables(Map.of("ups.status", "FSD WAIT"));
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(reading.flags()).contains(PowerFlag.FORCED_SHUTDOWN);
            assertThat(reading.quality()).as("the order is news").isEqualTo(Quality.FRESH);
            rig.variables(Map.of("ups.status", "WAIT"));
            PowerReading waiting = read(source);
            assertThat(waiting.supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(waiting.quality()).isEqualTo(Quality.STALE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OL, MAINS",
        "OL CHRG TRIM, MAINS",
        "LB OB, BATTERY",
        "FSD OB DISCHRG, BATTERY",
        "OB CAL LB, BATTERY",
        "OL BYPASS, BYPASS",
        "BYPASS, BYPASS",
        "OFF, OFF",
        "OL OFF, OFF",
        "OB OFF, OFF",
        "OL OB, UNKNOWN",
        "ALARM, UNKNOWN",
        "OVER, UNKNOWN",
        "OFFLINE, UNKNOWN",
        "ol, UNKNOWN"
    })
    void statusWordsSayWhatFeedsTheMachine(String status, PowerSupply supply) throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.variables(Map.of("ups.status", status));
            assertThat(read(source).supply()).isEqualTo(supply);
        }
    }

    @Test
    void aConnectionThatWasIdleForTooLongIsReplacedWithoutAFailure() throws Exception {
        try (PowerSource source = source(Map.of())) {
            for (int i = 1; i <= 3; i++) {
                assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
                assertThat(rig.accepted()).isEqualTo(i);
                rig.hangUp();
            }
        }
    }

    @Test
    void oneConnectionServesAllReadings() throws Exception {
        try (PowerSource source = source(Map.of())) {
            for (int i = 0; i < 20; i++) {
                assertThat(read(source).quality()).isEqualTo(Quality.FRESH);
            }
            assertThat(rig.accepted()).isEqualTo(1);
        }
    }

    @Test
    void betweenAttemptsThereArePauses() throws Exception {
        try (PowerSource source = source(Map.of("max-backoff", "10 m"))) {
            rig.fail(Fault.GARBAGE);
            PowerException failure = failure(source);
            int attempts = rig.accepted();
            while (!failure.getMessage().contains("tried again in")) { // unless a slow machine slept through the pause
                attempts = rig.accepted();
                failure = failure(source);
            }
            assertThat(failure.retryable()).isTrue();
            assertThat(failure).hasMessageContaining("is that a NUT server's port?");
            assertThat(rig.accepted()).as("no attempt in the pause").isEqualTo(attempts);
        }
    }

    @Test
    void onBatteryTheServerIsTriedAgainEveryTwoSeconds() throws Exception {
        long[] now = {1_000};
        Map<String, Object> settings = new HashMap<>(rig.settings());
        settings.put("max-backoff", "10 s");
        ProviderContext with = context.with(new NutSourceProvider(), settings);
        try (PowerSource source = new NutSource(NutConfig.of(with.settings()), with, () -> now[0])) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            rig.fail(Fault.GARBAGE);
            for (int i = 0; i < 7; i++) { // as long as silence is not yet taken for an empty battery
                assertThat(failure(source).getMessage()).doesNotContain("tried again in");
                now[0] += Duration.ofSeconds(2).toNanos();
            }
        }
    }

    @Test
    void pausesGrowUpToALimitAndEndWithASuccess() {
        long[] now = {1_000};
        Backoff backoff = new Backoff(Duration.ofSeconds(10), () -> now[0]);
        assertThat(backoff.left()).isZero();
        for (int seconds : new int[] {1, 2, 4, 8, 10, 10}) {
            backoff.failed("gone", false);
            assertThat(backoff.left()).isEqualTo(Duration.ofSeconds(seconds));
            now[0] += Duration.ofSeconds(seconds).toNanos();
            assertThat(backoff.left()).isZero();
        }
        backoff.succeeded();
        backoff.failed("again", false);
        assertThat(backoff.left()).isEqualTo(Duration.ofSeconds(1));
    }

    static String[] brokenLists() {
        return new String[] {
            "BEGIN LIST VAR pi\nVAR pi ups.status \"OL\"\nEND LIST VAR other",
            "BEGIN LIST VAR pi\nVAR other ups.status \"OL\"\nEND LIST VAR pi",
            "BEGIN LIST VAR pi\nVAR pi ups.status\nEND LIST VAR pi",
            "BEGIN LIST VAR pi\nVAR pi ups.status \"OL\nEND LIST VAR pi",
            "BEGIN LIST UPS\nEND LIST UPS",
            "VAR pi ups.status \"OL\"",
            "OK",
            "",
            "x".repeat(NutConnection.MAX_LINE + 1),
            "BEGIN LIST VAR pi\n" + "VAR pi ups.id \"1\"\n".repeat(UpsFormat.MAX_VARIABLES + 1) + "END LIST VAR pi",
            "BEGIN LIST VAR pi\n" + ("VAR pi ups.id \"" + "1".repeat(8_000) + "\"\n").repeat(200) + "END LIST VAR pi"
        };
    }

    @ParameterizedTest
    @MethodSource("brokenLists")
    void anAnswerThatIsNoneOfTheProtocolIsAFailureAndTheConnectionIsGivenUp(String answer) throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.refuse("LIST VAR", answer);
            assertThatThrownBy(() -> source.read(Deadline.in(Duration.ofSeconds(1))))
                    .isInstanceOf(PowerException.class);
            rig.refuseNothing();
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
        }
    }

    @Test
    void carriageReturnsAndOddNumbersAreTolerated() throws Exception {
        try (PowerSource source = source(Map.of())) {
            rig.refuse("LIST VAR", """
                    BEGIN LIST VAR pi
                    VAR pi ups.status "OL"
                    VAR pi battery.charge "042,5"
                    VAR pi battery.runtime "-1"
                    VAR pi ups.load "024"
                    VAR pi ups.realpower.nominal "400"
                    VAR pi battery.capacity "7.00"
                    VAR pi battery.voltage.nominal "24.0"
                    VAR pi battery.charger.status "floating"
                    VAR pi ups.mfr "M\u00fcller"
                    END LIST VAR pi""".replace("\n", "\r\n") + "\r");
            PowerReading reading = read(source);
            assertThat(reading.chargePercent()).hasValue(42.5);
            assertThat(reading.runtime()).isEmpty();
            assertThat(reading.watts()).hasValue(96);
            assertThat(reading.wattsEstimated()).isTrue();
            assertThat(reading.capacityWattHours()).hasValue(168);
        }
    }

    @Test
    void theCapacityThatIsConfiguredWins() throws Exception {
        try (PowerSource source = source(Map.of("capacity-wh", 250))) {
            assertThat(read(source).capacityWattHours()).hasValue(250);
        }
    }

    @Test
    void theOnlyUpsOfAServerNeedsNoName() throws Exception {
        NutSourceProvider provider = new NutSourceProvider();
        Map<String, Object> settings = Map.of("host", "127.0.0.1", "port", rig.port());
        try (PowerSource source = provider.create(context.with(provider, settings))) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(rig.sent()).contains("LIST UPS", "LIST VAR pi");
        }
    }

    @Test
    void clearTextAfterTheAgreementToEncryptIsRefused() throws Exception {
        try (PowerSource source =
                source(Map.of("tls.mode", "require", "login", true, "username", "u", "password", "p"))) {
            rig.refuse("STARTTLS", "OK STARTTLS\nOK");
            assertThat(failure(source)).isNotNull();
            assertThat(rig.sent()).as("the password stays here").noneMatch(line -> line.startsWith("PASSWORD"));
        }
    }

    @Test
    void readingNeedsNoLoginAndSendsNoPassword() throws Exception {
        try (PowerSource source = source(Map.of())) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(rig.sent()).containsExactly("STARTTLS", "LIST VAR pi");
            assertThat(source.shutdownGrace()).isEmpty();
        }
        try (PowerSource source = source(Map.of("host-sync", "40 s"))) {
            assertThat(source.shutdownGrace()).contains(Duration.ofSeconds(40));
        }
    }

    @Test
    void thePasswordGoesOverTlsOrToThisMachineUnlessToldOtherwise() {
        NutSourceProvider provider = new NutSourceProvider();
        NutConfig config = NutConfig.of(Settings.of(provider.settings(), Map.of()));
        assertThat(config.mayTellPassword(false, false)).isFalse();
        assertThat(config.mayTellPassword(true, false)).isTrue();
        assertThat(config.mayTellPassword(false, true)).isTrue();
        NutConfig clear = NutConfig.of(Settings.of(provider.settings(), Map.of("password-in-clear", true)));
        assertThat(clear.mayTellPassword(false, false)).isTrue();
    }

    @Test
    void settingsThatDoNotFitTogetherAreRefused() {
        assertThatThrownBy(() -> source(Map.of("login", true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("upsd.users");
        assertThatThrownBy(() -> source(Map.of("username", "a", "password", "hidden-word")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("login = true")
                .hasMessageNotContaining("hidden-word");
        assertThatThrownBy(() -> source(Map.of("tls.mode", "off", "tls.ca-file", "x.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tls.ca-file");
        assertThatThrownBy(() -> source(Map.of("ups", "pi\nFSD pi"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> source(Map.of("login", true, "username", "u", "password", "line\nFSD pi")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("FSD");
    }
}
