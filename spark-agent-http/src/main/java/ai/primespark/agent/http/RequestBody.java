package ai.primespark.agent.http;

import ai.primespark.agent.TaskContext;
import ai.primespark.spi.RemoteAgent.Work;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** What is posted to the agent. */
record RequestBody(Work work, TaskContext context, Optional<String> callback) {

    /** The body; empty when the payload is not what its encoding says. */
    Optional<byte[]> bytes() {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("task_id", context.taskId());
        body.put("type", work.type());
        switch (work.encoding()) {
            case "json" -> {
                Optional<JsonNode> payload = Json.read(work.payload());
                if (payload.isEmpty()) {
                    return Optional.empty();
                }
                body.set("payload", payload.get());
            }
            case "text" -> body.put("payload", new String(work.payload(), StandardCharsets.UTF_8));
            default -> body.put("payload", Base64.getEncoder().encodeToString(work.payload()));
        }
        body.put(
                "encoding",
                work.encoding().equals("json") || work.encoding().equals("text") ? work.encoding() : "base64");
        body.put("attempt", context.attempt());
        body.put("fence", context.fence());
        body.put("deadline", context.deadline().map(Instant::toString).orElse(null));
        body.put("callback", callback.orElse(null));
        return Optional.of(Json.write(body));
    }

    @Override
    public String toString() { // without the payload
        return "RequestBody[" + work + "]";
    }
}
