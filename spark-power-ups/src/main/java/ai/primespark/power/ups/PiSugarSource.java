package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Asks a pisugar-server, line by line: {@code get battery} is answered by {@code battery: 87.5}. Presses of the button ({@code single},
 * {@code double}, {@code long}) come unasked in between, and errors are texts of any length, so that only a line that begins with the
 * asked name is an answer. A connection for each reading leaves none of that behind.
 */
final class PiSugarSource extends RemoteSource {

    private static final int MAX_LINE = 1_024;
    private static final int MAX_OTHER_LINES = 64;

    PiSugarSource(ProviderContext context) {
        super(context, "pisugar", where(context.settings()));
    }

    private static String where(Settings settings) {
        return settings.find(PiSugarSourceProvider.SOCKET)
                .map(Object::toString)
                .orElse(settings.get(PiSugarSourceProvider.HOST) + ":" + settings.get(PiSugarSourceProvider.PORT));
    }

    /** The answers, empty when the server has none. */
    private record Answers(Optional<String> charge, Optional<String> plugged, Optional<String> charging) {}

    @Override
    PowerReading readNow(Deadline given) throws IOException {
        Settings settings = context().settings();
        Deadline deadline = given.orIn(settings.get(CommonSettings.TIMEOUT));
        try {
            Wire wire = open(settings, deadline);
            Answers answers = wire.within(deadline, () -> ask(wire));
            PowerReading.Builder reading = PowerReading.builder(
                    context().id(), supply(answers), context().clock().instant());
            Numbers.of(answers.charge().orElse(null)).ifPresent(reading::charge);
            if (isTrue(answers.charging())) {
                reading.flags(Set.of(PowerFlag.CHARGING));
            }
            CommonSettings.capacity(settings).ifPresent(reading::capacity);
            return reading.build();
        } finally {
            disconnect();
        }
    }

    private Wire open(Settings settings, Deadline deadline) throws IOException {
        var socket = settings.find(PiSugarSourceProvider.SOCKET);
        return socket.isPresent()
                ? connect(deadline, wire -> wire.connect(socket.get()))
                : connect(
                        settings.get(PiSugarSourceProvider.HOST),
                        settings.get(PiSugarSourceProvider.PORT).intValue(),
                        settings.get(CommonSettings.CONNECT_TIMEOUT),
                        deadline);
    }

    /** One question at a time. Of the last two, older boards and servers may not know one. */
    private static Answers ask(Wire wire) throws IOException {
        return new Answers(
                ask(wire, "battery", false),
                ask(wire, "battery_power_plugged", true),
                ask(wire, "battery_charging", true));
    }

    private static Optional<String> ask(Wire wire, String name, boolean mayBeUnknown) throws IOException {
        wire.send(("get " + name + "\n").getBytes(StandardCharsets.US_ASCII));
        String start = name + ": ";
        for (int others = 0; others < MAX_OTHER_LINES; others++) {
            String line = wire.readLine(MAX_LINE);
            if (line.startsWith(start)) {
                return Optional.of(line.substring(start.length()).strip());
            }
            if (mayBeUnknown && isError(line)) {
                return Optional.empty();
            }
        }
        throw new IOException(
                "no answer to 'get " + name + "' among " + MAX_OTHER_LINES + " lines; is that a pisugar-server?");
    }

    private static boolean isError(String line) {
        return line.startsWith("Invalid request") || line.startsWith("error:") || line.startsWith("I2C not connected");
    }

    private static PowerSupply supply(Answers answers) {
        if (answers.plugged().isPresent()) {
            return switch (answers.plugged().get()) {
                case "true" -> PowerSupply.MAINS;
                // some boards see the plug late; while the battery is charged there is power
                case "false" -> isTrue(answers.charging()) ? PowerSupply.UNKNOWN : PowerSupply.BATTERY;
                default -> PowerSupply.UNKNOWN;
            };
        }
        return isTrue(answers.charging()) ? PowerSupply.MAINS : PowerSupply.UNKNOWN;
    }

    private static boolean isTrue(Optional<String> answer) {
        return answer.isPresent() && answer.get().equals("true");
    }
}
