package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OllamaErrorsTest {

    private final OllamaErrors errors = new OllamaErrors(
            new BackendInfo("edge", "ollama", Zone.EDGE, "http://pi:11434", false),
            Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC),
            null);

    @ParameterizedTest
    @MethodSource("transportFailures")
    void failuresOfTheConnectionHaveTheirKinds(Throwable problem, Kind kind) {
        LlmException failure = errors.transport(new CompletionException(problem), "/api/chat");
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining("Ollama 'edge' at http://pi:11434");
    }

    static Stream<Arguments> transportFailures() {
        return Stream.of(
                Arguments.of(new ConnectException("Connection refused"), Kind.UNREACHABLE),
                Arguments.of(new IOException("wrapped", new NoRouteToHostException("no route")), Kind.UNREACHABLE),
                Arguments.of(new HttpConnectTimeoutException("slow"), Kind.UNREACHABLE),
                Arguments.of(new SSLHandshakeException("certificate"), Kind.UNREACHABLE),
                Arguments.of(new HttpTimeoutException("slow"), Kind.TIMEOUT),
                Arguments.of(
                        new IOException("HTTP/1.1 header parser received no bytes", new EOFException()), Kind.RESET),
                Arguments.of(new IOException("parsing HTTP/1.1 status line, receiving [canary]"), Kind.PROTOCOL),
                Arguments.of(new IllegalArgumentException("canary"), Kind.PROTOCOL));
    }

    @Test
    void whatTheClientReceivedIsNotRepeated() {
        Exception problem = new IOException("parsing HTTP/1.1 status line, receiving [canary]");
        LlmException failure = errors.transport(problem, "/api/chat");
        assertThat(failure.getMessage()).doesNotContain("canary");
        assertThat(failure).hasNoCause();
    }

    @Test
    void aFailureThatIsKnownAlreadyStaysAsItIs() {
        LlmException known = errors.notFound("m").build();
        assertThat(errors.transport(new CompletionException(known), "/api/chat"))
                .isSameAs(known);
    }

    @ParameterizedTest
    @CsvSource({
        "7, PT7S",
        "'Thu, 01 Jan 2026 00:01:30 GMT', PT1M30S",
        "'Wed, 31 Dec 2025 00:00:00 GMT', PT0S",
        "soon, ",
        "99999999999999, "
    })
    void retryAfterIsSecondsOrADate(String header, Duration expected) {
        LlmException failure = errors.status(
                503,
                HttpHeaders.of(Map.of("Retry-After", List.of(header)), (name, value) -> true),
                new byte[0],
                "/api/chat",
                "m",
                List.of());
        assertThat(failure.retryAfter().orElse(null)).isEqualTo(expected);
    }

    @Test
    void theServersWordsAreCutAndPutOnOneLine() {
        String message = rejected("first\n\tsecond " + "x".repeat(5_000), List.of());
        assertThat(message).contains("(first second xxx").doesNotContain("\n").hasSizeLessThan(500);
    }

    @Test
    void wordsThatRepeatPartOfTheHiddenTextAreLeftOut() {
        assertThat(rejected("bad input: 'my diary of May'", List.of("Please read my diary of May 1999.")))
                .doesNotContain("diary");
        assertThat(rejected("bad input: hunter2", List.of("hunter2"))).doesNotContain("hunter2");
        assertThat(rejected("context length exceeded", List.of("A question about something else")))
                .contains("context length exceeded");
    }

    private String rejected(String said, List<String> hidden) {
        byte[] body =
                ("{\"error\":" + Json.MAPPER.getNodeFactory().textNode(said) + "}").getBytes(StandardCharsets.UTF_8);
        HttpHeaders none = HttpHeaders.of(Map.of(), (name, value) -> true);
        return errors.status(400, none, body, "/api/chat", "m", hidden).getMessage();
    }
}
