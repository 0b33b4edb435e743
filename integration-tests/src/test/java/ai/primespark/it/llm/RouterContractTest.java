package ai.primespark.it.llm;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.llm.Document;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The router keeps every rule that a backend must keep, whatever it is made of, and whatever breaks before the one that answers. */
class RouterContractTest {

    private static final String QUESTION = "What colour is the harbour bridge?";

    /** A mix of backends; the last of them answers, all before it are broken. */
    abstract static class Mix extends LlmBackendContract {

        private final List<String> types;
        private final boolean cache;
        private final List<FaultServer> servers = new ArrayList<>();
        private final AtomicInteger instances = new AtomicInteger();

        Mix(boolean cache, String... types) {
            this.cache = cache;
            this.types = List.of(types);
        }

        @AfterEach
        void closeServers() {
            servers.forEach(FaultServer::close);
        }

        @Override
        protected LlmBackend newBackend(TestContext context) throws IOException {
            List<ProviderSpec> specs = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                boolean last = i == types.size() - 1;
                specs.add(spec(types.get(i), last).id(last ? context.id() : "broken-" + i));
            }
            return new RouterAsBackend(context, limits -> spark(context, limits, specs));
        }

        private ProviderSpec spec(String type, boolean answers) throws IOException {
            if (type.equals("recall")) {
                return ProviderSpec.of(type).with("in-memory", true);
            }
            Dialect dialect = type.equals("ollama") ? Dialect.OLLAMA : Dialect.OPENAI;
            FaultServer server = FaultServer.start();
            servers.add(server);
            AtomicInteger calls = new AtomicInteger();
            server.onRequest(exchange -> {
                if (exchange.method().equals("GET")) {
                    exchange.respond(200, "application/json", dialect.lookup(exchange.path()));
                } else if (answers) {
                    exchange.headers(200, dialect.type())
                            .piece(dialect.text("The bridge"))
                            .piece(dialect.text(" is"))
                            .piece(dialect.text(" blue.") + dialect.done("stop"))
                            .end();
                } else {
                    switch (calls.getAndIncrement() % 6) {
                        case 0 -> exchange.respond(503, "application/json", dialect.error("busy"));
                        case 1 -> exchange.reset();
                        case 2 -> exchange.headers(200, dialect.type()).end();
                        case 3 ->
                            exchange.headers(200, dialect.type())
                                    .piece(dialect.thinking("Hm."))
                                    .piece(dialect.errorLine("the model crashed"))
                                    .end();
                        case 4 -> exchange.respond(200, "text/html", "<html>Please log in</html>");
                        default ->
                            exchange.headers(200, dialect.type())
                                    .piece(dialect.text("Something"))
                                    .reset();
                    }
                }
            });
            return ProviderSpec.of(type).with("url", server.uri());
        }

        private PrimeSpark spark(TestContext context, CallLimits limits, List<ProviderSpec> specs) {
            PrimeSpark spark = PrimeSpark.builder()
                    .config(SparkConfig.empty()
                            .with(
                                    "primespark.data-dir",
                                    context.directory().resolve("instance-" + instances.incrementAndGet())))
                    .llm(LlmOptions.builder()
                            .backends(specs.toArray(ProviderSpec[]::new))
                            .defaultModel("m")
                            .connectTimeout(limits.connect())
                            .firstByteTimeout(limits.firstByte())
                            .firstTokenTimeout(limits.firstToken())
                            .idleTimeout(limits.idle())
                            .totalTimeout(atLeast(Duration.ofMillis(1), limits.total()))
                            .maxOutputChars(limits.outputChars())
                            .retryBackoff(Duration.ofMillis(1))
                            .circuitWindow(1_000) // so that what is broken is asked each time
                            .cache(cache)
                            .build())
                    .build();
            spark.llm()
                    .documents()
                    .ifPresent(documents -> documents.add(List.of(Document.of(
                            "bridge", "Bridges", "The colour of the harbour bridge is blue, since last year."))));
            return spark;
        }

        private static Duration atLeast(Duration least, Duration wanted) {
            return wanted.compareTo(least) < 0 ? least : wanted;
        }

        @Override
        protected LlmRequest answerable() {
            return LlmRequest.prompt(QUESTION).build();
        }
    }

    @Nested
    class OllamaAlone extends Mix {
        OllamaAlone() {
            super(false, "ollama");
        }
    }

    @Nested
    class OllamaWithTheCache extends Mix {
        OllamaWithTheCache() {
            super(true, "ollama");
        }
    }

    @Nested
    class OpenAiAlone extends Mix {
        OpenAiAlone() {
            super(false, "openai");
        }
    }

    @Nested
    class OpenAiBehindABrokenOllama extends Mix {
        OpenAiBehindABrokenOllama() {
            super(false, "ollama", "openai");
        }
    }

    @Nested
    class OllamaBehindABrokenOpenAi extends Mix {
        OllamaBehindABrokenOpenAi() {
            super(false, "openai", "ollama");
        }
    }

    @Nested
    class RecallAlone extends Mix {
        RecallAlone() {
            super(false, "recall");
        }
    }

    @Nested
    class RecallBehindTwoThatAreBroken extends Mix {
        RecallBehindTwoThatAreBroken() {
            super(false, "ollama", "openai", "recall");
        }
    }
}
