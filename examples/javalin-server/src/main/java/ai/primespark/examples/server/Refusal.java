package ai.primespark.examples.server;

import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** An answer that is given before any route is looked for, in the shape that the path's clients know. */
record Refusal(HttpStatus status, String type, String detail, Duration retryAfter) {

    Refusal(HttpStatus status, String type, String detail) {
        this(status, type, detail, Duration.ZERO);
    }

    Refusal retryAfter(Duration wait) {
        return new Refusal(status, type, detail, wait);
    }

    void write(Request request, Response response, Callback done) {
        response.setStatus(status.getCode());
        SecurityHeaders.addTo(response.getHeaders());
        String id = RequestLog.id(request, response);
        if (!retryAfter.isZero()) {
            response.getHeaders().put("Retry-After", Problem.seconds(retryAfter));
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", Problem.TYPES + type);
        body.put("title", status.getMessage());
        body.put("status", status.getCode());
        body.put("detail", detail);
        String path = request.getHttpURI().getPath();
        if (path != null) { // none in what is no HTTP
            body.put("instance", path);
        }
        body.put("request_id", id);
        boolean openAi = OpenAiErrors.speaks(path);
        response.getHeaders().put("Content-Type", openAi ? "application/json" : Problem.CONTENT_TYPE);
        Content.Sink.write(
                response, true, Json.text(openAi ? OpenAiErrors.body(status, type, detail, null) : body), done);
    }
}
