package ai.primespark.spi.http;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HttpFailuresTest {

    private final HttpFailures failures = new HttpFailures(
            "Echo server",
            "is it switched on?",
            new BackendInfo("box", "echo", Zone.EDGE, "http://box:99", false),
            Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC),
            List.of(Secret.of("hunter2")));

    static Stream<Arguments> problems() {
        return Stream.of(
                Arguments.of(new ConnectException("Connection refused"), Kind.UNREACHABLE),
                Arguments.of(new IOException("wrapped", new UnknownHostException("box")), Kind.UNREACHABLE),
                Arguments.of(new HttpConnectTimeoutException("slow"), Kind.UNREACHABLE),
                Arguments.of(new SSLHandshakeException("certificate"), Kind.UNREACHABLE),
                Arguments.of(new HttpTimeoutException("slow"), Kind.TIMEOUT),
                Arguments.of(new CancellationException(), Kind.CANCELLED),
                Arguments.of(new IOException("no bytes", new EOFException()), Kind.RESET),
                Arguments.of(new IOException("parsing HTTP/1.1 status line, receiving [canary]"), Kind.PROTOCOL),
                Arguments.of(new IllegalArgumentException("canary"), Kind.PROTOCOL));
    }

    @ParameterizedTest
    @MethodSource("problems")
    void failuresOfTheConnectionHaveTheirKinds(Throwable problem, Kind kind) {
        LlmException failure = failures.transport(new CompletionException(problem), "/say");
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining("Echo server 'box' at http://box:99 ");
        assertThat(failure.getMessage()).doesNotContain("canary");
    }

    @Test
    void whoIsNotThereIsLookedForWithTheRemedy() {
        assertThat(failures.transport(new ConnectException(), "/say")).hasMessageContaining("is it switched on?");
    }

    @Test
    void aFailureThatIsKnownAlreadyStaysAsItIs() {
        LlmException known = failures.of(Kind.OVERLOADED, "is busy").build();
        assertThat(failures.transport(new CompletionException(known), "/say")).isSameAs(known);
    }

    @ParameterizedTest
    @CsvSource({
        "7, PT7S",
        "' 7 ', PT7S",
        "'Thu, 01 Jan 2026 00:01:30 GMT', PT1M30S",
        "'Wed, 31 Dec 2025 00:00:00 GMT', PT0S",
        "-5, ",
        "soon, ",
        "99999999999999, "
    })
    void retryAfterIsSecondsOrADate(String header, Duration expected) {
        HttpHeaders headers = HttpHeaders.of(Map.of("retry-after", List.of(header)), (name, value) -> true);
        assertThat(failures.retryAfter(headers)).isEqualTo(expected);
    }

    @Test
    void theServersWordsAreCutAndPutOnOneLine() {
        assertThat(failures.said("first\n\tsecond " + "x".repeat(5_000), List.of()))
                .startsWith(" (first second xxx")
                .endsWith("…)")
                .hasSizeLessThan(220);
        assertThat(failures.said(" \n ", List.of())).isEmpty();
    }

    @Test
    void wordsThatRepeatSomethingHiddenOrASecretAreLeftOut() {
        assertThat(failures.said("bad input: 'my diary of May'", List.of("Please read my diary of May 1999.")))
                .isEmpty();
        assertThat(failures.said("bad input: short", List.of("short"))).isEmpty();
        assertThat(failures.said("bad key hunter2", List.of())).isEmpty();
        assertThat(failures.said("context length exceeded", List.of("A question about something else", "")))
                .isEqualTo(" (context length exceeded)");
    }
}
