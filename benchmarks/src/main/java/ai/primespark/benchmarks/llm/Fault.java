package ai.primespark.benchmarks.llm;

import ai.primespark.testkit.FaultExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A way in which a server can behave, and what should come of it.
 *
 * @param name for the table
 * @param first what the server does; null when nobody listens there
 * @param second what the backup does; null when there is none
 * @param expected what is right
 * @param cancel when the caller loses interest
 */
record Fault(String name, @Nullable Script first, @Nullable Script second, Expected expected, Cancel cancel) {

    /** What a server does with a call. */
    @FunctionalInterface
    interface Script {

        void play(FaultExchange exchange, Wire wire) throws IOException, InterruptedException;
    }

    /** What is right. */
    enum Expected {
        /** The text {@link #TEXT}, complete. */
        ANSWER,
        /** The same, and that it was cut for its length. */
        CUT_ANSWER,
        /** A call of the tool {@code clock}. */
        TOOL_CALL,
        /** A failure of a type of the library's own. */
        FAILURE,
        /** The same, after one request only. */
        FAILURE_AT_ONCE,
        /** The text or a failure of a type of the library's own: both can be defended. */
        EITHER,
        /** Two million characters. */
        LONG_ANSWER,
        /** Any end but an answer that passes for complete, and the connection closed. */
        CUT_OFF,
        /** The connection closed. */
        CLOSED
    }

    /** When the caller loses interest. */
    enum Cancel {
        NEVER,
        /** While the first server has not answered. */
        BEFORE_HEADERS,
        /** After a first piece. */
        BETWEEN_TOKENS,
        /** While the backup has not answered. */
        AT_BACKUP
    }

    /** The answer of a server that behaves. */
    static final String TEXT = "Grüße, 世界 \uD83D\uDE00!";

    private static final Duration BEAT = Duration.ofMillis(20);
    private static final Script WELL = (exchange, wire) -> well(exchange, wire, "stop");
    private static final Script SILENT = (exchange, wire) -> exchange.awaitClientClosed();
    private static final Script BUSY = (exchange, wire) ->
            refuse(exchange, 503, "server busy, please try again.  maximum pending requests exceeded");

    static List<Fault> all() {
        return List.of(
                answer("ok", WELL),
                plain("cut for its length", (e, w) -> well(e, w, "length"), Expected.CUT_ANSWER),
                answer(
                        "reasoning before the answer",
                        (e, w) ->
                                head(e, w).piece(w.thought("Let me see.", TEXT)).end()),
                answer(
                        "every byte in a chunk of its own",
                        (e, w) -> head(e, w)
                                .byteByByte(w.begin() + w.text(TEXT) + w.done("stop"))
                                .end()),
                failure("error object in the middle, status 200 (blocking: 500)", Fault::failsMidStream),
                failure(
                        "ends without `done` (blocking: `done` is false)",
                        (e, w) -> send(head(e, w), w.begin() + w.text(TEXT) + w.unfinished())
                                .end()),
                failure("reset in the middle", (e, w) -> {
                    send(head(e, w), w.begin() + w.text(TEXT));
                    boolean gone = e.clientCloses(Duration.ofMillis(200)); // a reset overtakes what is on its way
                    if (!gone) {
                        e.reset();
                    }
                }),
                failure(
                        "silence after three tokens",
                        (e, w) -> send(head(e, w), w.begin() + w.text("one ") + w.text("two ") + w.text("three"))
                                .awaitClientClosed()),
                failure("no headers", SILENT),
                failure("503", BUSY),
                backup("503, a backup is there", BUSY),
                backup("refused, a backup is there", null),
                backup("error object as the first line, a backup is there (blocking: 500)", (e, w) -> {
                    if (w == Wire.DOCUMENT) {
                        refuse(e, 500, "model runner has unexpectedly stopped");
                    } else {
                        head(e, w)
                                .piece("{\"error\":\"model runner has unexpectedly stopped\"}\n")
                                .end();
                    }
                }),
                plain("404, no such model", (e, w) -> refuse(e, 404, "model 'm' not found"), Expected.FAILURE_AT_ONCE),
                plain("400", (e, w) -> refuse(e, 400, "\\\"m\\\" does not support tools"), Expected.FAILURE_AT_ONCE),
                failure("500", (e, w) -> refuse(e, 500, "model runner has unexpectedly stopped")),
                failure(
                        "one malformed line",
                        (e, w) -> send(
                                        head(e, w),
                                        w.begin() + w.text("Grü") + w.malformed() + w.text("ße") + w.done("stop"))
                                .end()),
                plain("line of 2 MB", (e, w) -> big(e, w, 2_000_000), Expected.LONG_ANSWER),
                plain("line of 9 MB (a document may be so long)", (e, w) -> big(e, w, 9_000_000), Expected.EITHER),
                plain(
                        "tool call, then `done` without a reason",
                        (e, w) -> head(e, w).piece(w.toolCall("clock")).end(),
                        Expected.TOOL_CALL),
                cancelled("cancelled before the headers", SILENT, null, Cancel.BEFORE_HEADERS),
                cancelled(
                        "cancelled between two tokens",
                        (e, w) -> drip(e, w, Duration.ofMillis(50)),
                        null,
                        Cancel.BETWEEN_TOKENS),
                cancelled("cancelled while the backup is silent", BUSY, SILENT, Cancel.AT_BACKUP),
                plain("never ends", Fault::endless, Expected.CUT_OFF),
                plain("gzip that nobody asked for", Fault::zipped, Expected.EITHER),
                plain(
                        "right answer as `text/plain`",
                        (e, w) -> send(e.headers(200, "text/plain"), w.begin() + w.text(TEXT) + w.done("stop"))
                                .end(),
                        Expected.EITHER),
                failure(
                        "a web page with status 200",
                        (e, w) -> e.respond(200, "text/html", "<html><body>Please log in</body></html>")),
                failure("drips beyond the deadline of 4 s", (e, w) -> drip(e, w, Duration.ofMillis(100))));
    }

    private static Fault plain(String name, Script script, Expected expected) {
        return new Fault(name, script, null, expected, Cancel.NEVER);
    }

    private static Fault answer(String name, Script script) {
        return plain(name, script, Expected.ANSWER);
    }

    private static Fault failure(String name, Script script) {
        return plain(name, script, Expected.FAILURE);
    }

    private static Fault backup(String name, @Nullable Script first) {
        return new Fault(name, first, WELL, Expected.ANSWER, Cancel.NEVER);
    }

    private static Fault cancelled(String name, Script first, @Nullable Script second, Cancel cancel) {
        return new Fault(name, first, second, Expected.CLOSED, cancel);
    }

    private static FaultExchange head(FaultExchange exchange, Wire wire) throws IOException {
        return exchange.headers(200, wire.type());
    }

    private static FaultExchange send(FaultExchange exchange, String text) throws IOException {
        return exchange.piece(text);
    }

    private static void refuse(FaultExchange exchange, int status, String message) throws IOException {
        exchange.respond(status, "application/json; charset=utf-8", "{\"error\":\"" + message + "\"}");
    }

    private static void well(FaultExchange exchange, Wire wire, String reason) throws IOException {
        head(exchange, wire);
        if (wire == Wire.DOCUMENT) {
            exchange.piece(wire.begin());
        }
        exchange.piece(wire.text(TEXT.substring(0, 5)));
        exchange.piece(wire.text(TEXT.substring(5)));
        exchange.piece(wire.done(reason)).end();
    }

    private static void failsMidStream(FaultExchange exchange, Wire wire) throws IOException {
        if (wire == Wire.DOCUMENT) {
            refuse(exchange, 500, "model runner has unexpectedly stopped");
            return;
        }
        head(exchange, wire)
                .piece(wire.text("Hel"))
                .piece("{\"error\":\"model runner has unexpectedly stopped\"}\n")
                .end();
    }

    private static void big(FaultExchange exchange, Wire wire, int size) throws IOException {
        send(head(exchange, wire), wire.begin() + wire.text("x".repeat(size)) + wire.done("stop"))
                .end();
    }

    /** A token at a time until the client hangs up. */
    private static void drip(FaultExchange exchange, Wire wire, Duration beat) throws IOException {
        send(head(exchange, wire), wire.begin() + wire.text("x"));
        while (!exchange.clientCloses(beat)) {
            exchange.piece(wire.text("x"));
        }
    }

    /** A kilobyte at a time until the client hangs up. */
    private static void endless(FaultExchange exchange, Wire wire) throws IOException {
        send(head(exchange, wire), wire.begin() + wire.text("x"));
        while (!exchange.clientCloses(BEAT)) {
            exchange.piece(wire.text("x".repeat(1000)));
        }
    }

    private static void zipped(FaultExchange exchange, Wire wire) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write((wire.begin() + wire.text(TEXT) + wire.done("stop")).getBytes(StandardCharsets.UTF_8));
        }
        exchange.headers(200, wire.type(), "Content-Encoding", "gzip")
                .piece(bytes.toByteArray())
                .end();
    }
}
