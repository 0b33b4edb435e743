package ai.primespark.agent.http;

import ai.primespark.agent.AgentCallbacks;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes an agent's callbacks: {@code POST <task id>} with a token and a {@link Report}. Thread-safe. */
final class CallbackReceiver implements AgentCallbacks {

    private final Tokens tokens;
    private final Function<String, @Nullable Execution> running;

    CallbackReceiver(Tokens tokens, Function<String, @Nullable Execution> running) {
        this.tokens = tokens;
        this.running = running;
    }

    @Override
    public Answer receive(String method, String path, Map<String, List<String>> headers, byte[] body) {
        String taskId = path.startsWith("/") ? path.substring(1) : path;
        if (!taskId.matches("[A-Za-z0-9_-]{1,64}")) {
            return Answer.error(404, "there is nothing here");
        }
        if (!method.equals("POST")) {
            return Answer.error(405, "callbacks come by POST");
        }
        if (body.length > MAX_BODY) {
            return Answer.error(413, "a callback has 8 MiB at most");
        }
        String token = bearer(headers);
        if (token == null) {
            return Answer.error(401, "a callback carries a token: Authorization: Bearer");
        }
        try {
            tokens.check(token, taskId, body);
        } catch (Tokens.Refused e) {
            return Answer.error(401, String.valueOf(e.getMessage()));
        }
        Optional<Report> report = Report.read(body);
        if (report.isEmpty()) {
            return Answer.error(400, "the body is no report: a JSON object with status running, done or failed");
        }
        Execution execution = running.apply(taskId);
        if (execution == null || !execution.take(report.get())) {
            return Answer.error(410, "this attempt is over here; stop the work");
        }
        return Answer.OK;
    }

    private static @Nullable String bearer(Map<String, List<String>> headers) {
        for (Map.Entry<String, List<String>> header : headers.entrySet()) {
            if (header.getKey().toLowerCase(Locale.ROOT).equals("authorization")
                    && header.getValue().size() == 1) {
                String value = header.getValue().get(0);
                return value.regionMatches(true, 0, "Bearer ", 0, 7)
                        ? value.substring(7).strip()
                        : null;
            }
        }
        return null;
    }
}
