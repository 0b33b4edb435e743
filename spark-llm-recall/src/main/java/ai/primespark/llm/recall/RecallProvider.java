package ai.primespark.llm.recall;

import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes the backend of type {@code recall}: it needs no server and no model, and quotes the documents that the application added to
 * {@link ai.primespark.llm.DocumentIndex} when nothing else can answer.
 */
public final class RecallProvider implements LlmBackendProvider {

    static final String NAME = "recall";

    static final Setting<Path> PATH = Setting.path(
                    "path", "Directory of the index, on a local disk; without it, one below the data directory.")
            .optional();

    static final Setting<Boolean> IN_MEMORY = Setting.bool(
                    "in-memory", "Keeps the index in memory only: it is empty after every start.")
            .defaultsTo(false);

    static final Setting<Language> LANGUAGE = Setting.choice(
                    "language",
                    Language.class,
                    "How words are compared; an existing index keeps the one it was made with.")
            .defaultsTo(Language.ENGLISH);

    static final Setting<Long> MAX_PASSAGES = Setting.number("max-passages", "The most passages that an answer quotes.")
            .atLeast(1L)
            .atMost(20L)
            .defaultsTo(3L);

    static final Setting<Double> MIN_COVERAGE = Setting.decimal(
                    "min-coverage",
                    "Share of a question, its rare words counting more, that a passage must speak of to be quoted.")
            .atLeast(0.0)
            .atMost(1.0)
            .defaultsTo(0.5);

    static final Setting<Long> MAX_ANSWER_CHARS = Setting.number(
                    "max-answer-chars", "The longest answer in characters; what is longer is cut at the end of a word.")
            .atLeast(500L)
            .atMost(1_000_000L)
            .defaultsTo(6_000L);

    static final Setting<Duration> WRITE_TIMEOUT = Setting.duration(
                    "write-timeout", "How long adding or removing documents may keep its caller waiting.")
            .atLeast(Duration.ofMillis(100))
            .defaultsTo(Duration.ofMinutes(5));

    private static final List<Setting<?>> SETTINGS =
            List.of(PATH, IN_MEMORY, LANGUAGE, MAX_PASSAGES, MIN_COVERAGE, MAX_ANSWER_CHARS, WRITE_TIMEOUT);

    /** For the service loader. */
    public RecallProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return SETTINGS;
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public LlmBackend create(ProviderContext context) {
        if (context.settings().get(IN_MEMORY) && context.settings().find(PATH).isPresent()) {
            throw new IllegalArgumentException(
                    "'path' and 'in-memory' exclude each other; remove 'path', or set in-memory = false");
        }
        return new RecallBackend(context);
    }
}
