package ai.primespark.examples.server;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/**
 * A request as it was sent, to be sent again.
 *
 * @param call what it is meant for
 * @param path with the query
 * @param headers without the token
 * @param body empty for none
 * @param token empty for none
 */
record FuzzRequest(ApiDocument.Operation call, String path, Map<String, String> headers, byte[] body, String token) {

    HttpRequest to(int port) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .method(call.method(), BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return token.isEmpty()
                ? request.build()
                : request.header("Authorization", "Bearer " + token).build();
    }

    /** For a shell in which TOKEN is an access token; without it, where none was sent. */
    String curl(int port) {
        StringBuilder curl = new StringBuilder();
        String text = new String(body, StandardCharsets.UTF_8);
        boolean plain = text.chars().allMatch(c -> c >= ' ' && c < 127);
        if (!plain) {
            curl.append("echo ")
                    .append(Base64.getEncoder().encodeToString(body))
                    .append(" | base64 -d | ");
        }
        curl.append("curl -i");
        curl.append(call.method().equals("HEAD") ? " -I" : " -X " + call.method());
        headers.forEach((name, value) -> curl.append(" -H ").append(quoted(name + ": " + value)));
        if (!token.isEmpty()) {
            curl.append(" -H ")
                    .append(
                            token.length() > 50
                                    ? "\"Authorization: Bearer $TOKEN\""
                                    : quoted("Authorization: Bearer " + token));
        }
        if (body.length > 0) {
            curl.append(" --data-binary ").append(plain ? quoted(text) : "@-");
        }
        return curl.append(' ')
                .append(quoted("http://127.0.0.1:" + port + path))
                .toString();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
