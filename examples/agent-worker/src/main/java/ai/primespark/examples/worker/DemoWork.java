package ai.primespark.examples.worker;

import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One task of the demonstration, for those who submit in Java and for those who submit over HTTP.
 *
 * @param name what the table calls it
 * @param type which handler is meant
 * @param payload what that gets
 * @param capabilities what the agent must be able to do
 * @param priority how urgent it is
 */
record DemoWork(String name, String type, Object payload, List<String> capabilities, Priority priority) {

    /** Work for either worker, work for one of them only, and small things that are urgent or can wait. */
    static List<DemoWork> mixed(double seconds) {
        return List.of(
                waiting("any-1", seconds),
                waiting("camera-1", seconds, "camera"),
                waiting("gpu-1", seconds, "gpu"),
                waiting("any-2", seconds),
                new DemoWork("any-3", "primes.count", Map.of("below", 3_000_000), List.of(), Priority.NORMAL),
                waiting("gpu-2", seconds, "gpu"),
                new DemoWork("low", "host.report", "", List.of(), Priority.LOW),
                new DemoWork("urgent", "text.count", "finish what was asked", List.of(), Priority.URGENT));
    }

    private static DemoWork waiting(String name, double seconds, String... capabilities) {
        return new DemoWork(name, "device.wait", Map.of("seconds", seconds), List.of(capabilities), Priority.NORMAL);
    }

    TaskRequest request() {
        return TaskRequest.of(type, payload)
                .requires(Requirements.all(capabilities.toArray(String[]::new)))
                .priority(priority)
                .build();
    }

    /** The body of {@code POST /api/tasks/submit}. */
    Map<String, Object> body(String idempotencyKey) {
        return Map.of(
                "type", type,
                "payload", payload,
                "capabilities", capabilities,
                "priority", priority.name().toLowerCase(Locale.ROOT),
                "idempotency_key", idempotencyKey);
    }
}
