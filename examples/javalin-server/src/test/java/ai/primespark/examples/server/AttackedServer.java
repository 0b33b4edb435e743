package ai.primespark.examples.server;

import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The real server with logins and an account of every kind, for tests that attack it. */
final class AttackedServer implements AutoCloseable {

    /** In whose name a request is made. */
    enum Who {
        NOBODY(""),
        /** May read everything. */
        VERA("viewer"),
        /** May use everything. */
        MIRA("user"),
        /** Another one like that. */
        OTTO("user"),
        /** Keeps accounts of users, and may do what they may. */
        HANNA("helpdesk"),
        /** May hand out tasks, and nothing else. */
        SENSOR("sensor"),
        /** May do everything. */
        ADMIN("admin");

        final String role;

        Who(String role) {
            this.role = role;
        }

        String username() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static final String PASSWORD = "a sentence of their own";

    private static final String CONFIGURATION = """
            primespark {
              agents.autostart = true
              auth.roles = [
                { name = viewer, permissions = ["*:read"] }
                { name = helpdesk, permissions = ["users:admin", "*:read", "*:write"] }
                { name = sensor, permissions = ["tasks:write", "tasks:read"] }
              ]
            }
            """;

    final FramedServer framed;
    private final Map<Who, String> tokens = new EnumMap<>(Who.class);

    /** Without a limit on the rate of requests: tests make many. */
    AttackedServer(Path directory) {
        this(directory, "limits.rate = 0", config -> config);
    }

    AttackedServer(Path directory, String settings, UnaryOperator<SparkConfig> more) {
        framed = FramedServer.closed(
                directory, settings, config -> more.apply(config.withText(CONFIGURATION, "the test's configuration")));
        for (Who who : Who.values()) {
            if (who != Who.NOBODY
                    && framed.spark.auth().users().find(who.username()).isEmpty()) {
                framed.spark.auth().users().create(who.username(), Secret.of(PASSWORD), Set.of(who.role));
            }
        }
    }

    /** An access token, the same at each call; empty for nobody. */
    String token(Who who) {
        return who == Who.NOBODY ? "" : tokens.computeIfAbsent(who, this::newToken);
    }

    /** Of a session of its own; given by the library, so that no login is counted. */
    String newToken(Who who) {
        String password = who == Who.ADMIN ? FramedServer.ADMIN_PASSWORD : PASSWORD;
        return framed.spark
                .auth()
                .login(who.username(), Secret.of(password), null)
                .accessToken()
                .reveal();
    }

    HttpResponse<String> send(Who who, String method, String path, String json) {
        return framed.send(method, path, json, token(who));
    }

    HttpResponse<String> get(Who who, String path) {
        return who == Who.NOBODY ? framed.get(path) : framed.get(path, token(who));
    }

    HttpResponse<String> post(Who who, String path, String json) {
        return send(who, "POST", path, json);
    }

    /** What comes back for a request as it stands here, with this line first and the token among the headers. */
    String raw(Who who, String requestLine, String... headersAndBody) throws IOException {
        StringBuilder request = new StringBuilder(requestLine + "\r\nHost: localhost\r\nConnection: close\r\n");
        if (who != Who.NOBODY) {
            request.append("Authorization: Bearer ").append(token(who)).append("\r\n");
        }
        String body = "";
        for (String line : headersAndBody) {
            if (line.startsWith("\r\n")) {
                body = line.substring(2);
            } else {
                request.append(line).append("\r\n");
            }
        }
        if (!body.isEmpty()) {
            request.append("Content-Length: ")
                    .append(body.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n");
        }
        return exchange((request + "\r\n" + body).getBytes(StandardCharsets.UTF_8));
    }

    /** What comes back for these bytes, until the server closes the connection. */
    String exchange(byte[] request) throws IOException {
        try (Socket socket = framed.socket()) {
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return rest(socket.getInputStream());
        }
    }

    /** The same from another address of this machine, such as 127.0.0.2. */
    String exchange(String source, byte[] request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getByName("127.0.0.1"), framed.port, InetAddress.getByName(source), 0)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return rest(socket.getInputStream());
        }
    }

    /** A connection that is reset has said all that it will say. */
    private static String rest(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] bytes = new byte[8192];
        try {
            for (int count = in.read(bytes); count > 0; count = in.read(bytes)) {
                text.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return text.toString();
        }
        return text.toString();
    }

    /** The status of an answer as it came; 0 when there was none. */
    static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }

    @Override
    public void close() {
        framed.close();
    }
}
