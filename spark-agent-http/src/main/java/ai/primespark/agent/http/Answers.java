package ai.primespark.agent.http;

import ai.primespark.spi.RemoteAgent.Outcome;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** What the answers to a posted task mean. */
final class Answers {

    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(5);
    private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private Answers() {}

    /** How the attempt ended; empty when the agent has accepted it and goes on. */
    static Optional<Outcome> outcome(AgentLink.Reply reply, Instant now) {
        int status = reply.status();
        if (status == 202) {
            return Optional.empty();
        }
        if (status == 200 || status == 204) {
            return Optional.of(done(reply.body()));
        }
        return Optional.of(refused(status, reply, now));
    }

    private static Outcome done(byte[] body) {
        if (body.length == 0) {
            return new Outcome.Done(null);
        }
        Optional<JsonNode> result = Json.read(body);
        return result.isPresent()
                ? new Outcome.Done(result.get().isNull() ? null : body)
                : new Outcome.Broken("its answer is not JSON");
    }

    private static Outcome refused(int status, AgentLink.Reply reply, Instant now) {
        String said = said(status, reply.body());
        if (status == 429 || status == 503) {
            return new Outcome.NotTaken("it has no room now" + said, pause(reply.headers(), now), false);
        }
        if (status == 401 || status == 403) {
            return new Outcome.NotTaken(
                    "it refuses our signature; check secret or keys, and the clocks" + said, DEFAULT_PAUSE, true);
        }
        if (status == 408 || status == 409 || status == 425 || status == 500) {
            return new Outcome.Failed(words(status, reply.body()), true);
        }
        if (status >= 400 && status < 500) {
            return new Outcome.Failed(words(status, reply.body()), false);
        }
        if (status >= 300 && status < 400) {
            return new Outcome.Broken("it redirects, which is not followed; check the url" + said);
        }
        return new Outcome.Broken("it failed" + said);
    }

    private static String words(int status, byte[] body) {
        String words = Report.words(body);
        return words.isEmpty() ? "the agent answered " + status : words + " (" + status + ")";
    }

    private static String said(int status, byte[] body) {
        String words = Report.words(body);
        return " (" + status + (words.isEmpty() ? "" : ": " + words) + ")";
    }

    /** RFC 9110 section 10.2.3: seconds, or a date. A hint that cannot be read is none. */
    private static Duration pause(HttpHeaders headers, Instant now) {
        Optional<String> value = headers.firstValue("Retry-After").map(String::strip);
        if (value.isEmpty()) {
            return DEFAULT_PAUSE;
        }
        try {
            Duration pause = value.get().matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value.get()))
                    : Duration.between(now, ZonedDateTime.parse(value.get(), DateTimeFormatter.RFC_1123_DATE_TIME));
            return pause.compareTo(LEAST_PAUSE) < 0
                    ? LEAST_PAUSE
                    : pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        } catch (DateTimeException e) {
            return DEFAULT_PAUSE;
        }
    }
}
