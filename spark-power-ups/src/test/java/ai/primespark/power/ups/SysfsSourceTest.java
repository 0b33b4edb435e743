package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trees as machines have them. */
class SysfsSourceTest {

    @TempDir
    Path root;

    private TestContext context;
    private SysfsRig tree;

    @BeforeEach
    void open() throws IOException {
        context = TestContext.create();
        tree = new SysfsRig(root);
    }

    @AfterEach
    void close() {
        context.close();
    }

    private PowerReading read() throws Exception {
        return read(Map.of("root", root));
    }

    private PowerReading read(Map<String, Object> settings) throws Exception {
        SysfsSourceProvider provider = new SysfsSourceProvider();
        try (PowerSource source = provider.create(context.with(provider, settings))) {
            return source.read(Deadline.in(Duration.ofSeconds(10)));
        }
    }

    /** A ThinkPad-like laptop on battery: energy in microwatt-hours, power in microwatts. */
    @Test
    void aLaptopOnBattery() throws Exception {
        tree.supply("AC", "type", "Mains", "online", "0")
                .supply(
                        "BAT0",
                        "type",
                        "Battery",
                        "present",
                        "1",
                        "status",
                        "Discharging",
                        "capacity",
                        "50",
                        "energy_now",
                        "25000000",
                        "energy_full",
                        "50000000",
                        "power_now",
                        "12500000",
                        "voltage_now",
                        "11800000",
                        "capacity_level",
                        "Normal",
                        "health",
                        "Good");
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(reading.flags()).containsExactly(PowerFlag.DISCHARGING);
        assertThat(reading.chargePercent()).hasValue(50);
        assertThat(reading.watts()).hasValue(12.5);
        assertThat(reading.wattsEstimated()).isFalse();
        assertThat(reading.capacityWattHours()).hasValue(50);
        assertThat(reading.runtime()).contains(Duration.ofHours(2));
        assertThat(reading.otherTokens()).isEmpty();
    }

    @Test
    void onMainsWhatFlowsIntoTheBatteryIsNotWhatTheMachineDraws() throws Exception {
        tree.supply("AC", "type", "Mains", "online", "1")
                .supply(
                        "BAT0",
                        "type",
                        "Battery",
                        "status",
                        "Charging",
                        "capacity",
                        "50",
                        "energy_now",
                        "25000000",
                        "energy_full",
                        "50000000",
                        "power_now",
                        "30000000");
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
        assertThat(reading.flags()).containsExactly(PowerFlag.CHARGING);
        assertThat(reading.watts()).isEmpty();
        assertThat(reading.runtime()).isEmpty();
    }

    /** Microamperes and microampere-hours, with the sign of either kind of driver. */
    @ParameterizedTest
    @CsvSource({"-1500000", "1500000"})
    void currentsCountWhateverTheirSign(String current) throws Exception {
        tree.supply(
                "BAT1",
                "type",
                "Battery",
                "status",
                "Discharging",
                "capacity",
                "40",
                "charge_now",
                "2000000",
                "charge_full",
                "5000000",
                "voltage_min_design",
                "10000000",
                "voltage_now",
                "8000000",
                "current_now",
                current);
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(reading.watts().orElseThrow()).isCloseTo(12, within(1e-9));
        assertThat(reading.capacityWattHours().orElseThrow()).isCloseTo(50, within(1e-9));
        assertThat(reading.runtime()).contains(Duration.ofMinutes(100));
    }

    /** A MAX17040 has no sense of current: only the mains line at GPIO 6 tells. And it says more than 100 %. */
    @Test
    void aPiHatWithAMax17040() throws Exception {
        tree.supply("gpio-charger", "type", "Mains", "online", "0")
                .supply("battery", "type", "Battery", "status", "Unknown", "capacity", "112", "voltage_now", "4180000");
        PowerReading battery = read();
        assertThat(battery.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(battery.chargePercent()).hasValue(100);
        assertThat(battery.watts()).isEmpty();
        assertThat(battery.runtime()).isEmpty();
        tree.supply("gpio-charger", "online", "1");
        assertThat(read().supply()).isEqualTo(PowerSupply.MAINS);
    }

    @Test
    void twoBatteriesCountByWhatTheyHold() throws Exception {
        tree.supply(
                        "BAT0",
                        "type",
                        "Battery",
                        "status",
                        "Full",
                        "capacity",
                        "100",
                        "energy_now",
                        "20000000",
                        "energy_full",
                        "20000000",
                        "power_now",
                        "0")
                .supply(
                        "BAT1",
                        "type",
                        "Battery",
                        "status",
                        "Discharging",
                        "capacity",
                        "50",
                        "energy_now",
                        "40000000",
                        "energy_full",
                        "80000000",
                        "power_now",
                        "10000000");
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(reading.chargePercent()).hasValue(60);
        assertThat(reading.capacityWattHours()).hasValue(100);
        assertThat(reading.watts()).hasValue(10);
        assertThat(reading.runtime()).contains(Duration.ofHours(6));
    }

    @Test
    void twoBatteriesWithoutEnergiesCountByTheirMean() throws Exception {
        tree.supply("BAT0", "type", "Battery", "status", "Full", "capacity", "100")
                .supply("BAT1", "type", "Battery", "status", "Charging", "capacity", "50");
        assertThat(read().chargePercent()).hasValue(75);
        tree.supply("BAT1", "capacity", "");
        assertThat(read().chargePercent()).as("half of the truth").isEmpty();
    }

    @Test
    void theBatteryOfAMouseIsNotTheMachines() throws Exception {
        tree.supply("hidpp_battery_0", "type", "Battery", "scope", "Device", "status", "Discharging", "capacity", "3");
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.UNKNOWN);
        assertThat(reading.chargePercent()).isEmpty();
    }

    @Test
    void anEmptySlotAndAnIgnoredSupplyDoNotCount() throws Exception {
        tree.supply("BAT1", "type", "Battery", "present", "0", "status", "Unknown", "capacity", "0")
                .supply("odd", "type", "Battery", "status", "Discharging", "capacity", "1")
                .supply("BAT0", "type", "Battery", "status", "Full", "capacity", "99");
        PowerReading reading = read(Map.of("root", root, "ignore", List.of("odd")));
        assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
        assertThat(reading.chargePercent()).hasValue(99);
    }

    /** Whoever reads an attribute of a device that goes away gets ENODATA, ENODEV or ENOENT. A directory cannot be read, either. */
    @Test
    void attributesThatCannotBeReadAreAbsent() throws Exception {
        tree.supply("AC", "type", "Mains", "online", "0")
                .supply("BAT0", "type", "Battery", "status", "Discharging", "capacity", "70", "power_now", "5000000");
        Files.delete(root.resolve("BAT0/capacity"));
        Files.delete(root.resolve("BAT0/power_now"));
        Files.createDirectory(root.resolve("BAT0/power_now"));
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(reading.chargePercent()).isEmpty();
        assertThat(reading.watts()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        // a port that is not in use says nothing against a battery at rest or being charged by another way
        "USB, 0, Full, MAINS",
        "USB, 0, Charging, MAINS",
        "USB, 0, Discharging, BATTERY",
        "USB, 0, Unknown, BATTERY",
        "USB_PD, 1, Discharging, MAINS",
        "Wireless, 1, Unknown, MAINS",
        "Mains, 0, Full, BATTERY",
        "Mains, 0, Charging, UNKNOWN",
        "Mains, 2, Discharging, MAINS",
        "Mains, , Unknown, UNKNOWN"
    })
    void inputsAndStatusTogetherSayWhatFeedsTheMachine(String type, String online, String status, PowerSupply supply)
            throws Exception {
        tree.supply("input", "type", type, "online", online == null ? "" : online)
                .supply("BAT0", "type", "Battery", "status", status, "capacity", "50");
        assertThat(read().supply()).isEqualTo(supply);
    }

    @Test
    void aUpsOfTheKernelIsABattery() throws Exception {
        tree.supply(
                "ups",
                "type",
                "UPS",
                "status",
                "Discharging",
                "capacity",
                "30",
                "time_to_empty_now",
                "600",
                "capacity_level",
                "Critical",
                "health",
                "Dead");
        PowerReading reading = read();
        assertThat(reading.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(reading.runtime()).contains(Duration.ofMinutes(10));
        assertThat(reading.flags())
                .containsExactlyInAnyOrder(PowerFlag.DISCHARGING, PowerFlag.LOW_BATTERY, PowerFlag.REPLACE_BATTERY);
    }

    @Test
    void aDesktopWithUnusedPortsIsNotOnBattery() throws Exception {
        tree.supply("ucsi-source-psy-1", "type", "USB", "online", "0");
        assertThat(read().supply()).isEqualTo(PowerSupply.UNKNOWN);
    }

    @Test
    void aKernelWithoutPowerSuppliesIsNoFailureAndATypoIsOne() throws Exception {
        assertThat(read().supply()).isEqualTo(PowerSupply.UNKNOWN);
        assertThatThrownBy(() -> read(Map.of("root", root.resolve("typo"))))
                .isInstanceOfSatisfying(
                        PowerException.class, e -> assertThat(e.retryable()).isFalse())
                .hasMessageContaining("typo");
    }

    @Test
    void theMachinesOwnTreeCanBeRead() throws Exception {
        assertThat(read(Map.of()).source()).isEqualTo("test");
    }
}
