package ai.primespark.power.ups;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * One directory of {@code /sys/class/power_supply}, in watts, watt-hours, percent and seconds. What cannot be read is absent: files
 * vanish with the device, and a gauge that is asleep answers ENODATA.
 *
 * @param type {@code Battery}, {@code UPS}, {@code Mains}, {@code USB} and others, empty when not known
 * @param device whether it belongs to a device such as a mouse
 * @param present false only when it says so
 * @param online whether it feeds the machine; 2 is a fixed voltage of a programmable supply
 * @param status {@code Charging}, {@code Discharging}, {@code Not charging}, {@code Full}, {@code Unknown}, empty when not known
 * @param level {@code capacity_level}, empty when not known
 * @param health {@code health}, empty when not known
 * @param percent the charge
 * @param energyNow what it holds
 * @param energyFull what it holds when full
 * @param watts what flows in or out
 * @param secondsToEmpty the gauge's own prediction
 */
record SysfsSupply(
        String type,
        boolean device,
        boolean present,
        OptionalDouble online,
        String status,
        String level,
        String health,
        OptionalDouble percent,
        OptionalDouble energyNow,
        OptionalDouble energyFull,
        OptionalDouble watts,
        OptionalDouble secondsToEmpty) {

    private static final int MOST = 4_096; // a page: no attribute of sysfs is longer
    private static final double MICRO = 1e-6;

    static SysfsSupply read(Path folder) {
        OptionalDouble volts = micro(folder, "voltage_now");
        OptionalDouble design = micro(folder, "voltage_min_design");
        OptionalDouble cell = design.isPresent() ? design : volts; // what ampere-hours stand for: the nominal voltage
        OptionalDouble energyNow = micro(folder, "energy_now");
        OptionalDouble energyFull = micro(folder, "energy_full");
        OptionalDouble power = micro(folder, "power_now");
        return new SysfsSupply(
                text(folder, "type"),
                text(folder, "scope").equals("Device"),
                !text(folder, "present").equals("0"),
                Numbers.of(text(folder, "online")),
                text(folder, "status"),
                text(folder, "capacity_level"),
                text(folder, "health"),
                Numbers.of(text(folder, "capacity")),
                energyNow.isPresent() ? energyNow : Numbers.product(micro(folder, "charge_now"), cell),
                energyFull.isPresent() ? energyFull : Numbers.product(micro(folder, "charge_full"), cell),
                // the sign of a current differs from driver to driver, and the status says the direction anyway
                positive(power.isPresent() ? power : Numbers.product(micro(folder, "current_now"), volts)),
                Numbers.of(text(folder, "time_to_empty_now")));
    }

    boolean isBattery() {
        return type.equals("Battery") || type.equals("UPS");
    }

    /** Something that takes power from outside: Mains, USB in its many kinds, Wireless. */
    boolean isInput() {
        return type.equals("Mains") || isPort();
    }

    /** An input that may as well stay unused while another one feeds the machine. */
    boolean isPort() {
        return type.startsWith("USB") || type.equals("BrickID") || type.equals("Wireless");
    }

    /** Whether it says anything about what feeds this machine. */
    boolean concernsMachine() {
        return !device && (isBattery() ? present : isInput() && online.isPresent());
    }

    private static OptionalDouble micro(Path folder, String file) {
        OptionalDouble value = Numbers.of(text(folder, file));
        return value.isPresent() ? OptionalDouble.of(value.getAsDouble() * MICRO) : value;
    }

    private static OptionalDouble positive(OptionalDouble value) {
        return value.isPresent() ? OptionalDouble.of(Math.abs(value.getAsDouble())) : value;
    }

    private static String text(Path folder, String file) {
        try (InputStream in = Files.newInputStream(folder.resolve(file))) {
            return new String(in.readNBytes(MOST), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return ""; // absent, vanished, or nothing to say just now
        }
    }
}
