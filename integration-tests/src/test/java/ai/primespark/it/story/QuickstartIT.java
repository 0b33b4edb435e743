package ai.primespark.it.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.examples.quickstart.Quickstart;
import ai.primespark.it.JavaProcess;
import ai.primespark.it.ProjectFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quickstart as its users run it: in a process of its own. */
class QuickstartIT {

    private static final String NOBODY = "http://127.0.0.1:1"; // a port on which nothing listens
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private JavaProcess quickstart(Map<String, String> environment, String... arguments) {
        return JavaProcess.classPath(directory, environment, Quickstart.class, arguments);
    }

    private static String docs() {
        return ProjectFiles.root().resolve("docs").toString();
    }

    private static String portOf(JavaProcess server) {
        await().atMost(PATIENCE).until(() -> !server.lines().isEmpty());
        return "http://127.0.0.1:" + server.lines().get(0).substring("port ".length());
    }

    @Test
    void withNothingInstalledItAnswersFromTheProjectsOwnDocuments() {
        try (JavaProcess run = quickstart(
                Map.of("OLLAMA_EDGE_URL", NOBODY), "--docs", docs(), "Which", "writes", "survive", "kill -9?")) {
            assertThat(run.await()).as(run.output()).isZero();
            assertThat(run.output())
                    .contains("memory.md") // the source it quotes
                    .contains("degraded")
                    .contains("unreachable") // the trace says what was tried first
                    .contains("from the cache")
                    .contains("1 caffeine", "2 directory");
        }
    }

    @Test
    void whenTheEdgeIsKilledInTheMiddleOfItsAnswerTheCloudFinishesAndTheTraceShowsIt() {
        try (JavaProcess edge = JavaProcess.classPath(
                        directory, Map.of(), FakeOllama.class, "tiny", "half of an answer that will never", "3");
                JavaProcess cloud = JavaProcess.classPath(
                        directory, Map.of(), FakeOllama.class, "huge", "the whole answer from afar", "-1")) {
            Map<String, String> environment =
                    Map.of("OLLAMA_EDGE_URL", portOf(edge), "OLLAMA_CLOUD_URL", portOf(cloud));
            try (JavaProcess run = quickstart(environment, "--docs", docs(), "Are", "you", "there?")) {
                await().atMost(PATIENCE).until(() -> edge.lines().contains("silent"));
                edge.kill();

                assertThat(run.await()).as(run.output()).isZero();
                assertThat(run.output())
                        .contains("half of an")
                        .contains("[cloud takes over and begins again]")
                        .contains("the whole answer from afar")
                        .containsPattern("edge +edge +- +reset")
                        .containsPattern("cloud +cloud +huge +answered")
                        .contains("from the cache");
            }
        }
    }

    private static final String ANSWER = "half of an answer is worth little";

    @Test
    void whenTheEdgeIsKilledTheCloudGoesOnWithItsTextIfToldToContinue() {
        try (JavaProcess edge = ollama("same", ANSWER, "3");
                JavaProcess cloud = ollama("same", ANSWER, "-1");
                JavaProcess run = killedInTheMiddle(edge, cloud, "continue")) {
            assertThat(run.await()).as(run.output()).isZero();
            assertThat(run.output())
                    .containsSubsequence("half of an", "[cloud goes on where it broke off]", "answer is worth little")
                    .containsOnlyOnce("half of an")
                    .containsPattern("edge +edge +- +reset .* 11 ")
                    .containsPattern("cloud +cloud +same +answered .*goes on with the text of 'edge'")
                    .contains("asked anew"); // what two servers wrote is not cached
            assertThat(cloud.lines()).contains("completes 'half of an'");
        }
    }

    @Test
    void whenTheCloudHasAnotherModelItBeginsAgainAlthoughToldToContinue() {
        try (JavaProcess edge = ollama("same", ANSWER, "3");
                JavaProcess cloud = ollama("same", "the whole answer from afar", "-1", "other");
                JavaProcess run = killedInTheMiddle(edge, cloud, "continue")) {
            assertThat(run.await()).as(run.output()).isZero();
            assertThat(run.output())
                    .contains("[cloud takes over and begins again]", "the whole answer from afar")
                    .contains("begins again, because its model is not the one of 'edge'");
        }
    }

    @Test
    void whenTheEdgeIsKilledTheCallFailsWithItsTraceIfToldSo() {
        try (JavaProcess edge = ollama("same", ANSWER, "3");
                JavaProcess cloud = ollama("same", ANSWER, "-1");
                JavaProcess run = killedInTheMiddle(edge, cloud, "fail")) {
            assertThat(run.await()).as(run.output()).isEqualTo(1);
            assertThat(run.output())
                    .contains("half of an", "[no answer: RESET after 11 characters]", "What was tried (edge-first, ")
                    .containsPattern("edge +edge +- +reset .* 11 ")
                    .doesNotContain("remembered");
            assertThat(cloud.lines()).noneMatch(line -> line.startsWith("completes"));
        }
    }

    @Test
    void whenTheEdgeIsKilledTheCloudBeginsAgainIfToldSo() {
        try (JavaProcess edge = ollama("same", ANSWER, "3");
                JavaProcess cloud = ollama("same", ANSWER, "-1");
                JavaProcess run = killedInTheMiddle(edge, cloud, "restart")) {
            assertThat(run.await()).as(run.output()).isZero();
            assertThat(run.output())
                    .containsSubsequence("half of an", "[cloud takes over and begins again]", ANSWER)
                    .containsPattern("edge +edge +- +reset .* 11 ")
                    .containsPattern("cloud +cloud +same +answered")
                    .contains("from the cache");
        }
    }

    private JavaProcess ollama(String... arguments) {
        return JavaProcess.classPath(directory, Map.of(), FakeOllama.class, arguments);
    }

    /** A quickstart whose edge is killed when it has said a part of its answer, and when both have told what they have. */
    private JavaProcess killedInTheMiddle(JavaProcess edge, JavaProcess cloud, String failover) {
        Map<String, String> environment = Map.of(
                "OLLAMA_EDGE_URL",
                portOf(edge),
                "OLLAMA_CLOUD_URL",
                portOf(cloud),
                "PRIMESPARK_LLM_STATUS_INTERVAL",
                "1s");
        JavaProcess run = quickstart(environment, "--docs", docs(), "--failover", failover, "Are", "you", "there?");
        for (JavaProcess server :
                List.of(edge, cloud)) { // nobody is asked a second time before the first answer was read
            await().atMost(PATIENCE)
                    .until(() -> server.lines().stream()
                                    .filter("asked for its state"::equals)
                                    .count()
                            > 1);
        }
        await().atMost(PATIENCE).until(() -> edge.lines().contains("silent"));
        edge.kill();
        return run;
    }

    /** Killed at random moments, it leaves a memory that opens cleanly, with everything it said it had remembered. */
    @Test
    void killedAtAnyMomentItHasLostNothingThatItSaidItRemembered() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int rounds = Boolean.getBoolean("spark.exhaustive") ? 60 : 6;
        for (int round = 0; round < rounds; round++) {
            String question = "How is memory kept, round " + round + "?";
            boolean remembered = runAndKill(question, random.nextInt(40));

            try (PrimeSpark spark = PrimeSpark.builder()
                    .config(SparkConfig.empty().with("primespark.data-dir", directory.resolve("data")))
                    .discovery(false)
                    .build()) {
                Map<?, ?> answer =
                        spark.memory().find("quickstart/answer", Map.class).orElse(Map.of());
                if (remembered) {
                    assertThat(answer.get("question"))
                            .as("seed %d round %d", seed, round)
                            .isEqualTo(question);
                }
            }
        }
    }

    /** Kills the child as soon as it has printed so many lines, or has ended; says whether it had claimed to remember. */
    private boolean runAndKill(String question, int lines) {
        try (JavaProcess run = quickstart(
                Map.of("OLLAMA_EDGE_URL", NOBODY),
                "--docs",
                docs(),
                "--data",
                directory.resolve("data").toString(),
                question)) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> run.lines().size() >= lines || !run.isAlive());
            run.kill();
            return run.lines().stream().anyMatch(line -> line.startsWith("remembered"));
        }
    }

    @Test
    void helpExplainsAndAMistakeIsOneLineAndExitCodeTwo() {
        try (JavaProcess help = quickstart(Map.of(), "--help");
                JavaProcess mistake = quickstart(Map.of(), "--colour");
                JavaProcess noMode = quickstart(Map.of(), "--failover", "retry");
                JavaProcess noFolder = quickstart(Map.of(), "--docs", "nowhere")) {
            assertThat(help.await()).isZero();
            assertThat(help.output()).contains("--docs DIR", "OLLAMA_EDGE_URL");
            assertThat(mistake.await()).isEqualTo(2);
            assertThat(mistake.lines()).containsExactly("unknown option --colour (try --help)");
            assertThat(noMode.await()).isEqualTo(2);
            assertThat(noMode.lines())
                    .containsExactly("unknown failover retry, there are fail, restart, continue (try --help)");
            assertThat(noFolder.await()).isEqualTo(2);
            assertThat(noFolder.lines()).hasSize(1).first().asString().contains("nowhere");
        }
    }
}
