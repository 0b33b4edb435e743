package ai.primespark.llm.ollama;

import ai.primespark.Secret;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Turns what goes wrong into {@link LlmException}s that say where it happened and what to do, and repeat nothing private. */
final class OllamaErrors {

    /** How much of an error's body is looked at. */
    static final int MAX_BODY = 16 * 1024;

    private static final int MAX_QUOTE = 200;

    /** The longest piece of something private that may stand in a quotation by chance. */
    private static final int RUN = 12;

    private final BackendInfo info;
    private final InstantSource clock;
    private final @Nullable Secret token;

    OllamaErrors(BackendInfo info, InstantSource clock, @Nullable Secret token) {
        this.info = info;
        this.clock = clock;
        this.token = token;
    }

    /** A failure with words of our own. */
    LlmException.Builder of(Kind kind, String what) {
        return LlmException.builder(kind, info.id(), "Ollama '" + info.id() + "' at " + info.endpoint() + " " + what);
    }

    /** The server does not have a model. */
    LlmException.Builder notFound(String model) {
        return of(
                Kind.MODEL_NOT_FOUND, "does not have the model '" + clip(model) + "'; run: ollama pull " + clip(model));
    }

    /** A request did not get as far as an answer. */
    LlmException transport(Throwable problem, String path) {
        Throwable failure = Futures.bare(problem);
        if (failure instanceof LlmException known) {
            return known;
        }
        if (failure instanceof CancellationException) {
            return of(Kind.CANCELLED, "was told to give up " + path).build();
        }
        if (failure instanceof HttpConnectTimeoutException) {
            // nobody there, rather than somebody slow: asking the same server again would only cost the same time again
            return of(Kind.UNREACHABLE, "did not accept a connection in time; is the machine on and reachable?")
                    .cause(failure)
                    .build();
        }
        if (failure instanceof HttpTimeoutException) {
            return of(Kind.TIMEOUT, "did not answer " + path + " in time")
                    .cause(failure)
                    .build();
        }
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof ConnectException
                    || t instanceof NoRouteToHostException
                    || t instanceof PortUnreachableException
                    || t instanceof UnknownHostException
                    || t instanceof UnresolvedAddressException) {
                return of(
                                Kind.UNREACHABLE,
                                "cannot be reached; is it running there (ollama serve), and is the url right?")
                        .cause(t)
                        .build();
            }
            if (t instanceof SSLException) {
                return of(
                                Kind.UNREACHABLE,
                                "cannot be reached securely; check http or https in the url, and its certificate")
                        .cause(t)
                        .build();
            }
            // the client quotes what it received, so this is no cause of ours
            if (t instanceof ProtocolException || String.valueOf(t.getMessage()).contains("status line")) {
                return of(Kind.PROTOCOL, "does not speak HTTP; check the url").build();
            }
        }
        if (failure instanceof IOException) {
            return of(Kind.RESET, "broke the connection before it answered " + path)
                    .build();
        }
        return of(
                        Kind.PROTOCOL,
                        "cannot be asked for " + path + ": "
                                + failure.getClass().getName())
                .build();
    }

    /** The server answered with an HTTP status other than 200. Nothing of what is hidden is repeated. */
    LlmException status(int status, HttpHeaders headers, byte[] body, String path, String model, List<String> hidden) {
        JsonNode json = Json.object(body);
        String raw = json == null ? "" : json.path("error").asText("");
        String said = said(raw, hidden);
        String where = "answered " + path + " with status " + status + said;
        return switch (status) {
            case 400, 405, 413, 422 ->
                of(Kind.REJECTED, where + "; the request does not suit the model or the server's version")
                        .build();
            case 401, 403 ->
                of(Kind.UNAUTHORIZED, where + "; check the setting token, or sign in with: ollama signin")
                        .build();
            case 404 ->
                raw.toLowerCase(Locale.ROOT).contains("model")
                        ? notFound(model).build()
                        : of(Kind.PROTOCOL, where + "; is this an Ollama server, and is the url without /api?")
                                .build();
            case 408 -> of(Kind.TIMEOUT, where).build();
            case 429, 503 ->
                of(Kind.OVERLOADED, where + "; try again later, or raise OLLAMA_MAX_QUEUE there")
                        .retryAfter(retryAfter(headers))
                        .build();
            case 499 ->
                of(Kind.SERVER_ERROR, where + "; it gave up loading the model").build();
            default ->
                status >= 500
                        ? of(Kind.SERVER_ERROR, where + "; see the server's log")
                                .build()
                        : status >= 400
                                ? of(Kind.REJECTED, where).build()
                                : of(Kind.PROTOCOL, where + "; is this an Ollama server? Redirects are not followed")
                                        .build();
        };
    }

    /** The server reported an error in the middle of an answer. */
    LlmException.Builder midStream(String error, List<String> hidden) {
        return of(
                Kind.SERVER_ERROR,
                "reported an error in the middle of its answer" + said(error, hidden) + "; see the server's log");
    }

    private @Nullable Duration retryAfter(HttpHeaders headers) {
        Optional<String> value = headers.firstValue("Retry-After").map(String::strip);
        if (value.isEmpty()) {
            return null;
        }
        try {
            Duration wait = value.get().matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value.get()))
                    : Duration.between(
                            clock.instant(), ZonedDateTime.parse(value.get(), DateTimeFormatter.RFC_1123_DATE_TIME));
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null; // a hint that cannot be read is no hint
        }
    }

    private String said(String text, List<String> hidden) {
        String quote = quote(text, hidden);
        return quote.isEmpty() ? "" : " (" + quote + ")";
    }

    /** The server's words on one line, cut; nothing when they repeat something hidden. */
    private String quote(String text, List<String> hidden) {
        if (text.isBlank()) {
            return "";
        }
        String line = clip(text);
        boolean leaks = token != null && line.contains(token.reveal())
                || hidden.stream().anyMatch(secret -> repeats(line, secret));
        return leaks ? "" : line;
    }

    private static boolean repeats(String line, String hidden) {
        if (hidden.isBlank()) {
            return false;
        }
        if (hidden.length() <= RUN) {
            return line.contains(hidden.strip());
        }
        for (int i = 0; i + RUN <= line.length(); i++) {
            if (hidden.contains(line.substring(i, i + RUN))) {
                return true;
            }
        }
        return false;
    }

    static String clip(String text) {
        String cut = text.length() > MAX_QUOTE ? text.substring(0, MAX_QUOTE) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }
}
