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
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.testkit.PowerRig.Scene;
import ai.primespark.testkit.TestContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the contract does not ask: apcupsd, PiSugar, files and programs in particular. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OtherSourcesTest {

    private TestContext context;

    @BeforeEach
    void open() {
        context = TestContext.create();
    }

    @AfterEach
    void close() {
        context.close();
    }

    private PowerSource source(PowerSourceProvider provider, Map<String, Object> settings) {
        return provider.create(context.with(provider, settings));
    }

    private static PowerReading read(PowerSource source) {
        return source.read(Deadline.in(Duration.ofSeconds(10)));
    }

    // --- apcupsd

    @Test
    void apcupsdSaysChargeRuntimeAndEstimatedWatts() throws Exception {
        try (ApcupsdRig rig = new ApcupsdRig();
                PowerSource source = source(new ApcupsdSourceProvider(), rig.settings())) {
            rig.lines(
                    "DATE     : 2026-11-25 21:00:00 +0000  ",
                    "STATUS   : ONBATT LOWBATT ",
                    "LOADPCT  : 20.0 Percent",
                    "BCHARGE  : 31.0 Percent",
                    "TIMELEFT : 12.5 Minutes",
                    "NOMPOWER : 405 Watts",
                    "STATFLAG : 0x05060050",
                    "END APC  : 2026-11-25 21:00:01 +0000  ");
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(reading.flags()).containsExactly(PowerFlag.LOW_BATTERY);
            assertThat(reading.chargePercent()).hasValue(31);
            assertThat(reading.runtime()).contains(Duration.ofSeconds(750));
            assertThat(reading.watts()).hasValue(81);
            assertThat(reading.wattsEstimated()).isTrue();
            assertThat(reading.otherTokens()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x05000408, ONLINE SLAVE, MAINS, , SLAVE",
        "0x05860710, SHUTTING DOWN, BATTERY, FORCED_SHUTDOWN, COMMLOST SLAVE",
        "0x05000009, CAL ONLINE, MAINS, CALIBRATING, ",
        "0x0500002c, BOOST ONLINE OVERLOAD, MAINS, BOOSTING OVERLOADED, ",
        "0x0500008a, TRIM ONLINE REPLACEBATT, MAINS, TRIMMING REPLACE_BATTERY, ",
        "N/A, SHUTTING DOWN ONBATT, BATTERY, FORCED_SHUTDOWN, ",
        "N/A, ONLINE OL, MAINS, , apcupsd:OL",
        "0x05000018, ONBATT, UNKNOWN, , "
    })
    void apcupsdBitsWinOverWords(String bits, String words, PowerSupply supply, String flags, String others)
            throws Exception {
        try (ApcupsdRig rig = new ApcupsdRig();
                PowerSource source = source(new ApcupsdSourceProvider(), rig.settings())) {
            rig.lines("STATUS   : " + words + " ", "STATFLAG : " + bits);
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(supply);
            assertThat(reading.flags().stream().map(Enum::name))
                    .containsExactlyInAnyOrder(flags == null ? new String[0] : flags.split(" "));
            assertThat(reading.otherTokens())
                    .containsExactlyInAnyOrder(others == null ? new String[0] : others.split(" "));
        }
    }

    @Test
    void anApcupsdThatLostItsUpsIsStaleWithWhatWasKnown() throws Exception {
        try (ApcupsdRig rig = new ApcupsdRig();
                PowerSource source = source(new ApcupsdSourceProvider(), rig.settings())) {
            rig.say(Scene.BATTERY);
            assertThat(read(source).quality()).isEqualTo(Quality.FRESH);
            rig.lines("STATUS   : COMMLOST ", "STATFLAG : 0x05000100");
            PowerReading lost = read(source);
            assertThat(lost.quality()).isEqualTo(Quality.STALE);
            assertThat(lost.supply()).isEqualTo(PowerSupply.BATTERY);
            assertThat(lost.chargePercent()).hasValue(64);
            rig.lines("STATUS   : SHUTTING DOWN ", "STATFLAG : 0x05860710");
            PowerReading ordered = read(source);
            assertThat(ordered.flags()).contains(PowerFlag.FORCED_SHUTDOWN);
            assertThat(ordered.quality()).as("the order is news").isEqualTo(Quality.FRESH);
        }
    }

    // --- PiSugar

    @Test
    void anOldPiSugarWithoutAPlugSensorIsOnMainsOnlyWhileItCharges() throws Exception {
        try (PiSugarRig rig = new PiSugarRig(null);
                PowerSource source = source(new PiSugarSourceProvider(), rig.settings())) {
            rig.values("50", null, "true");
            PowerReading charging = read(source);
            assertThat(charging.supply()).isEqualTo(PowerSupply.MAINS);
            assertThat(charging.flags()).containsExactly(PowerFlag.CHARGING);
            rig.values("50", null, "false");
            assertThat(read(source).supply()).isEqualTo(PowerSupply.UNKNOWN);
        }
    }

    // --- file

    @Test
    void aFileThatNobodyWritesAnyMoreIsStale() throws Exception {
        Path file = context.directory().resolve("ups.txt");
        try (PowerSource source = source(new FileSourceProvider(), Map.of("path", file, "stale-after", "30 s"))) {
            assertThatThrownBy(() -> read(source))
                    .isInstanceOfSatisfying(
                            PowerException.class, e -> assertThat(e.retryable()).isTrue())
                    .hasMessageContaining("no such file");
            Files.writeString(file, "ups.status: OB\nbattery.charge: 40\n");
            assertThat(read(source).quality()).isEqualTo(Quality.FRESH);
            context.clock().advance(Duration.ofSeconds(40));
            PowerReading stale = read(source);
            assertThat(stale.quality()).isEqualTo(Quality.STALE);
            assertThat(stale.supply()).isEqualTo(PowerSupply.BATTERY);
        }
    }

    // --- exec

    @Test
    void argumentsAreHandedOverAsTheyAreWithoutAShell() throws Exception {
        try (PowerSource source = source(
                new ExecSourceProvider(),
                Map.of("command", List.of("printf", "%s\\n", "ups.status: OL $(id) ; `id` *")))) {
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
            assertThat(reading.otherTokens()).containsExactlyInAnyOrder("$(id)", ";", "`id`", "*");
        }
    }

    @Test
    void aProgramThatFailsIsNoReadingWhateverItPrinted() throws Exception {
        try (PowerSource source = source(
                new ExecSourceProvider(), Map.of("command", List.of("sh", "-c", "echo 'ups.status: OL'; exit 3")))) {
            assertThatThrownBy(() -> read(source))
                    .isInstanceOf(PowerException.class)
                    .hasMessageContaining("ended with 3");
        }
    }

    @Test
    void aMissingProgramIsAMatterOfConfiguration() throws Exception {
        try (PowerSource source = source(new ExecSourceProvider(), Map.of("command", List.of("/nonexistent/gauge")))) {
            assertThatThrownBy(() -> read(source))
                    .isInstanceOfSatisfying(
                            PowerException.class, e -> assertThat(e.retryable()).isFalse())
                    .hasMessageContaining("/nonexistent/gauge");
        }
    }

    @Test
    void aProgramThatHangsIsKilledWithWhatItStarted() throws Exception {
        Path pids = context.directory().resolve("pids");
        String script = "echo $$ > " + pids + "; sleep 600 & echo $! >> " + pids + "; wait";
        try (PowerSource source =
                source(new ExecSourceProvider(), Map.of("command", List.of("sh", "-c", script), "timeout", "1 s"))) {
            assertThatThrownBy(() -> read(source)).isInstanceOf(PowerException.class);
            List<Long> started =
                    Files.readAllLines(pids).stream().map(Long::valueOf).toList();
            assertThat(started).hasSize(2);
            await().until(() -> started.stream().noneMatch(OtherSourcesTest::runs));
        }
    }

    /** A zombie that nobody has collected yet is dead, too. */
    private static boolean runs(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (java.io.IOException e) {
            return false;
        }
    }

    // --- OSHI

    @Test
    void oshiLeavesOutWhatIsNoBattery() throws Exception {
        try (OshiRig rig = new OshiRig();
                PowerSource source = source(new OshiSourceProvider(), Map.of())) {
            rig.write("NAME=BAT0", "PRESENT=1", "STATUS=Unknown");
            PowerReading none = read(source);
            assertThat(none.supply()).isEqualTo(PowerSupply.UNKNOWN);
            assertThat(none.chargePercent()).isEmpty();
            assertThat(none.runtime()).isEmpty();
            assertThat(none.watts()).isEmpty();
        }
    }
}
