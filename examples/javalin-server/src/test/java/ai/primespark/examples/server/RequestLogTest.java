package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class RequestLogTest {

    @TempDir
    Path directory;

    @Test
    void aRequestIsOneLineThatHoldsNothingPrivate() {
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        root.addAppender(log);
        try (TestServer server = new TestServer(directory)) {
            server.send(server.request("/api/memory/s3cret-key?all_tiers=true&s3cret=1")
                    .DELETE()
                    .header("X-Request-Id", "id-1"));
            server.post("/api/memory/set", "{\"key\": \"s3cret-key\", \"value\": \"s3cret-value\"}");
            server.post("/api/llm/generate", "{\"prompt\": \"s3cret prompt\"}");
            server.ollama.answers(FakeOllama.tokens("s3cret", " answer"));
            server.post("/api/llm/generate/stream", "{\"prompt\": \"s3cret prompt 2\"}");
            server.get("/s3cret/path");

            await().untilAsserted(() -> assertThat(lines(log)).hasSize(5));
            assertThat(lines(log).get(0)).matches("INFO 127.0.0.1 - DELETE /api/memory/<key> 200 \\d+ ms id-1");
            assertThat(lines(log).get(3)).startsWith("INFO 127.0.0.1 - POST /api/llm/generate/stream 200 ");
            assertThat(lines(log).get(4)).startsWith("INFO 127.0.0.1 - GET (no such path) 404 ");
        } finally {
            root.detachAppender(log);
        }
        assertThat(List.copyOf(log.list))
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(m -> m.contains("s3cret"));
        assertThat(List.copyOf(log.list)).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.ERROR));
    }

    private static List<String> lines(ListAppender<ILoggingEvent> log) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLoggerName().endsWith(".access"))
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }
}
