package ai.primespark.spi.http;

import ai.primespark.Secret;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
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
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Turns what goes wrong with a server into {@link LlmException}s that say where it happened and what to do, and repeat nothing
 * private. Immutable and thread-safe.
 */
public final class HttpFailures {

    /** How much of an error's body is worth looking at, in bytes. */
    public static final int MAX_BODY = 16 * 1024;

    private static final int MAX_QUOTE = 200;

    /** The longest piece of something private that may stand in a quotation by chance. */
    private static final int RUN = 12;

    private final String server;
    private final String remedy;
    private final BackendInfo info;
    private final InstantSource clock;
    private final List<Secret> secrets;

    /**
     * Makes one for a backend.
     *
     * @param server what the server is called in messages, for example {@code Ollama}
     * @param remedy what to look at when nobody is there, as a question, for example {@code "is it running there?"}
     * @param info the backend
     * @param clock tells how long it is until a time that the server names
     * @param secrets never quoted
     */
    public HttpFailures(
            String server, String remedy, BackendInfo info, InstantSource clock, Collection<Secret> secrets) {
        this.server = server;
        this.remedy = remedy;
        this.info = info;
        this.clock = clock;
        this.secrets = List.copyOf(secrets);
    }

    /**
     * A failure with words of the backend's own.
     *
     * @param kind what went wrong
     * @param what completes a sentence that begins with the server's name; never a prompt or an answer
     * @return a builder
     */
    public LlmException.Builder of(Kind kind, String what) {
        return LlmException.builder(
                kind, info.id(), server + " '" + info.id() + "' at " + info.endpoint() + " " + what);
    }

    /**
     * A request did not get as far as an answer.
     *
     * @param problem how, as a future or the client gives it
     * @param path what was asked for
     * @return an {@link LlmException} as it is; everything else with its kind
     */
    public LlmException transport(Throwable problem, String path) {
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
                return of(Kind.UNREACHABLE, "cannot be reached; " + remedy)
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

    /**
     * How long the server asks to wait.
     *
     * @param headers of an answer
     * @return null when it does not say, or not in a form that can be read; never negative
     */
    public @Nullable Duration retryAfter(HttpHeaders headers) {
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

    /**
     * The server's own words, to be put into a message.
     *
     * @param words what it said
     * @param hidden texts that no message may repeat, such as the messages of the request
     * @return the words on one line, cut, in brackets after a space; empty when there are none or they repeat something hidden
     */
    public String said(String words, Collection<String> hidden) {
        if (words.isBlank()) {
            return "";
        }
        String line = clip(words);
        boolean leaks = secrets.stream().anyMatch(secret -> leaks(line, secret.reveal()))
                || hidden.stream().anyMatch(text -> repeats(line, text));
        return leaks || line.isEmpty() ? "" : " (" + line + ")";
    }

    private static boolean leaks(String line, String secret) {
        return !secret.isEmpty() && line.contains(secret);
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

    /**
     * A text from outside, fit to stand in a message.
     *
     * @param text any text that is not private
     * @return the text on one line, at most 200 characters of it
     */
    public static String clip(String text) {
        String cut = text.length() > MAX_QUOTE ? text.substring(0, MAX_QUOTE) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }
}
