package ai.primespark.examples.quickstart;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.SparkException;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a question, shows the answer as it comes, how it was routed, that it is remembered, and where. */
public final class Quickstart {

    private final PrintStream out;

    Quickstart(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        int exitCode = new Quickstart(System.out).run(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    int run(String[] args) {
        Arguments arguments;
        try {
            arguments = Arguments.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + " (try --help)");
            return 2;
        }
        if (arguments.help()) {
            out.println(Arguments.HELP);
            return 0;
        }
        try {
            answer(arguments);
            return 0;
        } catch (SparkException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private void answer(Arguments arguments) {
        SparkConfig config = SparkConfig.load().with("primespark.data-dir", arguments.data());
        LlmOptions llm = Backends.fromEnvironment(System.getenv());
        try (PrimeSpark spark = PrimeSpark.builder().config(config).llm(llm).build()) {
            out.printf(
                    "Prime Spark %s on Java %s%n",
                    spark.info().version(), spark.info().javaVersion());
            spark.llm().documents().ifPresent(index -> Documents.load(index, arguments.docs(), out));

            out.printf("%nQuestion: %s%n%n", arguments.question());
            LlmRequest.Builder question = LlmRequest.prompt(arguments.question());
            if (arguments.failover() != null) {
                question.failover(arguments.failover());
            }
            LlmRequest request = question.build();
            LlmResponse first = ask(spark, request);
            out.println();
            Tables.printTrace("How it was answered", first.trace(), out);
            spark.memory()
                    .put("quickstart/answer", new Remembered(arguments.question(), first.text(), first.backend()));
            out.println("remembered under quickstart/answer");

            out.printf("%nThe same question again:%n");
            LlmResponse second = spark.llm().generate(request);
            out.printf(
                    "  first %s, now %s%s%n",
                    Tables.millis(first.trace().total()),
                    Tables.millis(second.trace().total()),
                    second.cached() ? ", from the cache" : ", asked anew");

            out.printf("%nWhat memory holds:%n");
            spark.memory().flush(Duration.ofSeconds(5));
            Tables.printMemory(spark.memory().stats(), out);
        }
    }

    private LlmResponse ask(PrimeSpark spark, LlmRequest request) {
        try (LlmCall call = spark.llm().open(request);
                Waiting waiting = new Waiting("waiting for the first word")) {
            for (LlmEvent event : call) {
                if (event instanceof LlmEvent.Text text) {
                    waiting.over();
                    out.print(text.text());
                    out.flush();
                } else if (event instanceof LlmEvent.Restarted restarted) {
                    out.printf("%n%n[%s takes over and begins again]%n%n", restarted.backend());
                } else if (event instanceof LlmEvent.Continued continued) {
                    out.printf("%n[%s goes on where it broke off]%n", continued.backend());
                }
            }
            return call.await();
        } catch (LlmException e) {
            out.printf("%n%n[no answer: %s after %d characters]%n", e.kind(), e.charsDelivered());
            e.trace().ifPresent(trace -> Tables.printTrace("What was tried", trace, out));
            throw e;
        }
    }

    /** What is kept of the answer. */
    record Remembered(String question, String answer, String backend) {}

    /** Where the quickstart keeps its files, unless told otherwise. */
    static final Path DATA = Path.of(".primespark", "quickstart");
}
