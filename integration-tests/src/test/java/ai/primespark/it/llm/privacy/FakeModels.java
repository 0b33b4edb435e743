package ai.primespark.it.llm.privacy;

import ai.primespark.it.llm.Dialect;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A server of language models that does what a test says, and passes calls for models of the cloud on to the cloud's socket, as
 * a real Ollama does. Repeats what it was asked wherever a server can: in answers, in errors, in lines that are no JSON.
 */
final class FakeModels implements CountingServer.Script {

    /** What can happen to a call. */
    enum Fault {
        NONE,
        THINKS_FIRST,
        CUT_BY_LENGTH,
        SLOW,
        TRUNCATED,
        ERROR_IN_THE_MIDDLE,
        ERROR_AT_ONCE,
        RESET_AT_ONCE,
        RESET_IN_THE_MIDDLE,
        CLOSED_AT_ONCE,
        MALFORMED,
        WEB_PAGE,
        REMOTE_LINE,
        STATUS_400,
        STATUS_401,
        STATUS_404,
        STATUS_429,
        STATUS_500,
        STATUS_503
    }

    /** Begins what somebody else's machine says, where the protocol tells that it does. */
    static final String FROM_AFAR = "from afar ";

    private static final Pattern MODEL = Pattern.compile("\"model\":\"([^\"]*)\"");
    private static final Duration A_WHILE = Duration.ofMillis(4);

    private final Dialect dialect;
    private volatile @Nullable URI cloud;
    private volatile Fault fault = Fault.NONE;
    private volatile boolean fitting = true;

    FakeModels(Dialect dialect) {
        this.dialect = dialect;
    }

    /** Lets calls for models of the cloud be passed on to a server. */
    void passOnTo(URI server) {
        cloud = server;
    }

    /**
     * What happens from now on.
     *
     * @param next to calls
     * @param fits whether answers have the form that was asked for
     */
    void does(Fault next, boolean fits) {
        fault = next;
        fitting = fits;
    }

    @Override
    public void answer(CountingServer.Request request, Reply reply) throws IOException, InterruptedException {
        if (request.method().equals("GET")) {
            reply.whole(200, "application/json", dialect.lookup(request.path()));
            return;
        }
        String mark = Mark.in(request.body());
        Matcher named = MODEL.matcher(request.body());
        String model = named.find() ? named.group(1) : "";
        URI beyond = cloud;
        if (beyond != null && belongsToTheCloud(model)) {
            passOn(beyond, request.body());
            reply.begin(dialect.type(), dialect.remoteText(FROM_AFAR + mark));
            reply.end(dialect.done("stop"));
        } else if (model.equals("gone")) {
            reply.whole(404, "application/json", dialect.error("model 'gone' not found " + mark));
        } else if (request.path().contains("embed")) {
            embed(request.body(), mark, reply);
        } else {
            play(fault, request.body(), mark, reply);
        }
    }

    private void embed(String body, String mark, Reply reply) throws IOException {
        switch (fault) {
            case RESET_AT_ONCE, RESET_IN_THE_MIDDLE -> reply.reset();
            case CLOSED_AT_ONCE, TRUNCATED -> {}
            case STATUS_500, ERROR_AT_ONCE -> reply.whole(500, "application/json", dialect.error("no: " + mark));
            case STATUS_503 -> reply.whole(503, "application/json", dialect.error("busy with " + mark));
            default -> reply.whole(200, "application/json", dialect.vectors(body.split(Mark.ANYWHERE, -1).length - 1));
        }
    }

    private void play(Fault what, String body, String mark, Reply reply) throws IOException {
        switch (what) {
            case NONE -> good(body, mark, reply);
            case THINKS_FIRST -> {
                reply.begin(dialect.type(), dialect.thinking("about " + mark));
                reply.end(dialect.text("so " + mark) + dialect.done("stop"));
            }
            case CUT_BY_LENGTH -> {
                reply.begin(dialect.type(), dialect.text("cut " + mark));
                reply.end(dialect.done("length"));
            }
            case SLOW -> {
                if (!reply.clientHangsUpWithin(A_WHILE)) {
                    good(body, mark, reply);
                }
            }
            case TRUNCATED -> {
                reply.begin(dialect.type(), dialect.text("half " + mark));
                reply.end("");
            }
            case ERROR_IN_THE_MIDDLE -> {
                reply.begin(dialect.type(), dialect.text("half " + mark));
                reply.end(dialect.errorLine("cannot go on with " + mark));
            }
            case ERROR_AT_ONCE -> {
                reply.begin(dialect.type(), dialect.errorLine("cannot answer " + mark));
                reply.end("");
            }
            case RESET_AT_ONCE -> reply.reset();
            case RESET_IN_THE_MIDDLE -> {
                reply.begin(dialect.type(), dialect.text("half " + mark));
                reply.reset();
            }
            case CLOSED_AT_ONCE -> {}
            case MALFORMED -> {
                reply.begin(dialect.type(), dialect.malformed(mark));
                reply.end(dialect.done("stop"));
            }
            case WEB_PAGE -> reply.whole(200, "text/html", "<html><p>Please log in to ask for " + mark + "</html>\n");
            case REMOTE_LINE -> {
                if (dialect == Dialect.OPENAI) { // it has no word for it
                    good(body, mark, reply);
                    return;
                }
                reply.begin(dialect.type(), dialect.remoteText(FROM_AFAR + mark));
                reply.end(dialect.done("stop"));
            }
            case STATUS_400, STATUS_401, STATUS_404, STATUS_429, STATUS_500, STATUS_503 -> {
                int status = Integer.parseInt(what.name().substring("STATUS_".length()));
                reply.whole(status, "application/json", dialect.error("the model does not like " + mark));
            }
        }
    }

    private void good(String body, String mark, Reply reply) throws IOException {
        if (body.contains("\"tools\":[") && !body.contains("\"role\":\"tool\"")) {
            reply.begin(dialect.type(), dialect.toolCall("look", "{\"word\":\"" + (fitting ? mark : "") + "\"}"));
            reply.end(dialect.done("stop"));
        } else if (body.contains("JSON schema")) {
            String value =
                    fitting ? "{\"name\":\"" + mark + "\",\"size\":3}" : "{\"name\":\"" + mark + "\",\"size\":\"big\"}";
            reply.begin(dialect.type(), dialect.text(value));
            reply.end(dialect.done("stop"));
        } else {
            reply.begin(dialect.type(), dialect.text("You asked for "));
            reply.end(dialect.text(mark) + dialect.done("stop"));
        }
    }

    /** Ollama's rule for names, and the stub that the server's list names. Written anew, so that it can be wrong by itself. */
    private boolean belongsToTheCloud(String model) {
        String name = model.toLowerCase(Locale.ROOT).strip();
        boolean stub = name.equals("stub") || name.equals("stub:latest");
        return name.matches(".*:([^:]*-)?cloud") || stub && dialect == Dialect.OLLAMA; // only its list tells of stubs
    }

    /** What was asked leaves by a connection of its own. */
    private static void passOn(URI beyond, String body) throws IOException {
        try (Socket socket = new Socket(beyond.getHost(), beyond.getPort())) {
            byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
            String head = "POST /passed-on HTTP/1.1\r\nContent-Length: " + bytes.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            int unused = socket.getInputStream().read(); // it has arrived
        }
    }
}
