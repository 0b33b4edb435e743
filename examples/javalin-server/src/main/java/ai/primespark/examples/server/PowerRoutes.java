package ai.primespark.examples.server;

import ai.primespark.power.Power;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerStatus;
import ai.primespark.power.PowerSupply;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How this machine stands for electricity. */
final class PowerRoutes {

    private static final Field<PowerMode> MODE = Field.of(
            "mode",
            "Who decides: the readings, or you.",
            Map.of("type", "string", "enum", List.of("auto", "on-grid", "off-grid")),
            "must be one of auto, on-grid and off-grid",
            node -> Choices.find(PowerMode.class, node.asText()).orElse(null));

    private final Power power;
    private final Supplier<String> strategy;

    /**
     * The routes.
     *
     * @param strategy the name of the routing strategy while power does not narrow it
     */
    PowerRoutes(Power power, Supplier<String> strategy) {
        this.power = power;
        this.strategy = strategy;
    }

    /**
     * The status; what is not known is null.
     *
     * @param batteryPercent 0 to 100
     * @param routingMode {@code edge-only} while power calls for it, otherwise the routing strategy
     * @param reason which rule led to the last change; null when there was none
     */
    record Status(
            String mode,
            @Nullable Instant modeUntil,
            PowerProfile profile,
            boolean isOnBattery,
            @Nullable Double batteryPercent,
            String batteryState,
            @Nullable Long timeRemainingMinutes,
            @Nullable Boolean powerPlugged,
            boolean edgeOnlyMode,
            String routingMode,
            boolean safeToCut,
            @Nullable String reason,
            List<Source> sources) {

        static Status of(PowerStatus status, String strategy) {
            return new Status(
                    word(status.mode()),
                    status.modeUntil(),
                    status.profile(),
                    status.isOnBattery(),
                    orNull(status.reading().chargePercent()),
                    Choices.name(status.battery()),
                    status.timeRemaining().map(Duration::toMinutes).orElse(null),
                    status.isPlugged().orElse(null),
                    status.edgeOnly(),
                    status.edgeOnly() ? "edge-only" : strategy,
                    status.isSafeToCut(),
                    status.lastDecision().map(PowerDecision::rule).orElse(null),
                    status.sources().stream().map(Source::of).toList());
        }
    }

    /** What one source said last. */
    record Source(
            String source,
            PowerSupply supply,
            PowerReading.Quality quality,
            @Nullable Double batteryPercent,
            @Nullable Long runtimeMinutes,
            @Nullable Double watts,
            Instant at) {

        static Source of(PowerReading reading) {
            return new Source(
                    reading.source(),
                    reading.supply(),
                    reading.quality(),
                    orNull(reading.chargePercent()),
                    reading.runtime().map(Duration::toMinutes).orElse(null),
                    orNull(reading.watts()),
                    reading.at());
        }
    }

    /** A change, as events tell it. */
    record Change(
            Instant at,
            String mode,
            PowerProfile previous,
            PowerProfile profile,
            boolean edgeOnlyMode,
            String reason,
            Source reading) {

        static Change of(PowerDecision decision) {
            return new Change(
                    decision.at(),
                    word(decision.mode()),
                    decision.previous(),
                    decision.profile(),
                    decision.edgeOnly(),
                    decision.rule(),
                    Source.of(decision.reading()));
        }
    }

    record Mode(boolean success, String mode) {}

    List<Route> routes() {
        return List.of(
                Route.get("/api/power/status")
                        .user("power:read")
                        .summary("What feeds this machine, and what follows from it.")
                        .answers(200, Status.class, "The status; what is not known is null.")
                        .to(ctx -> ctx.json(Status.of(power.status(), strategy.get()))),
                Route.post("/api/power/mode/{mode}")
                        .admin("power:admin")
                        .summary("Says who decides, until it is said again.")
                        .path(MODE)
                        .answers(200, Mode.class, "It is in force.")
                        .to(this::mode));
    }

    private void mode(Context ctx) {
        PowerMode mode = Input.of(ctx).need(MODE);
        power.mode(mode);
        ctx.json(new Mode(true, word(mode)));
    }

    private static String word(PowerMode mode) {
        return Choices.name(mode).replace('_', '-');
    }

    private static @Nullable Double orNull(OptionalDouble number) {
        return number.isPresent() ? number.getAsDouble() : null;
    }
}
