package ai.primespark.power.ups;

import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.OptionalDouble;

/** Settings that several sources share. */
final class CommonSettings {

    static final Setting<Double> CAPACITY = Setting.decimal(
                    "capacity-wh", "What the battery holds when full, in watt-hours; a UPS rarely says it itself.")
            .must(value -> value > 0 && value <= 1_000_000, "above 0, at most 1000000")
            .optional();

    static final Setting<Duration> CONNECT_TIMEOUT = Setting.duration(
                    "connect-timeout", "How long an attempt to connect may take.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(2));

    static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long one reading may take, unless its deadline is earlier.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(5));

    private CommonSettings() {}

    static OptionalDouble capacity(Settings settings) {
        return settings.find(CAPACITY).map(OptionalDouble::of).orElse(OptionalDouble.empty());
    }

    static Setting<String> host(String what) {
        return Setting.text("host", what)
                .must(host -> host.matches("[A-Za-z0-9._:%-]{1,253}"), "a host name or an address, without brackets")
                .defaultsTo("localhost");
    }

    static Setting<Long> port(long standard) {
        return Setting.number("port", "The server's TCP port.")
                .atLeast(1L)
                .atMost(65_535L)
                .defaultsTo(standard);
    }
}
