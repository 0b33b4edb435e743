package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what docs/quickstart.md says, as a newcomer: types each command, and compares what appears with what the page says. Fetching and
 * building takes minutes and is done with {@code -Dspark.exhaustive=true}; otherwise this build's own jar is started.
 */
@Timeout(900)
@NeedsProgram(value = "curl", debian = "curl")
class NewcomerIT {

    private static final boolean FROM_NOTHING = Boolean.getBoolean("spark.exhaustive");
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String PLACE = "the password that was printed";
    private static final Pattern PASSWORD = Pattern.compile("made 'admin' with the password (\\S+) ");

    private static final Pattern LOGGED = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+Z +(INFO|WARN) ");

    private static final List<ConsolePage.Step> STEPS =
            ConsolePage.read("docs/quickstart.md").steps();

    @TempDir
    Path folder;

    private int port;

    @Test
    void thePageTellsAWholeStory() {
        assertThat(STEPS).hasSizeGreaterThan(15);
        assertThat(STEPS.stream().map(ConsolePage.Step::terminal).distinct()).containsExactly("server", "", "events");
        String typed =
                String.join("\n", STEPS.stream().map(ConsolePage.Step::command).toList());
        assertThat(typed)
                .contains("git clone", "mvn -q", "java -jar", "/api/auth/login", "/api/llm/generate", "/api/memory/set")
                .contains("/api/memory/get", "/api/tasks/submit", "/api/events");
        String readme = ProjectFiles.read(ProjectFiles.root().resolve("examples/javalin-server/README.md"));
        STEPS.stream()
                .map(ConsolePage.Step::command)
                .filter(command -> command.startsWith("mvn ") || command.startsWith("java "))
                .forEach(command -> assertThat(readme)
                        .as("the example's own page says the same")
                        .contains(command));
    }

    @Test
    void everyStepOfTheQuickstartShowsWhatThePageSays() throws Exception {
        port = freePort();
        Path home = folder.resolve("prime-spark-java");
        List<String> notAsSaid = new ArrayList<>();
        try (Terminal preparing = new Terminal(folder)) {
            if (!FROM_NOTHING) {
                Files.createDirectories(home);
                for (String name : List.of("examples", "docs")) {
                    Files.createSymbolicLink(
                            home.resolve(name), ProjectFiles.root().resolve(name));
                }
            }
            for (ConsolePage.Step step : STEPS) {
                if (step.terminal().equals("server") && !step.command().startsWith("java ")) {
                    prepare(preparing, step);
                }
            }
        }
        ConsolePage.Step start = STEPS.stream()
                .filter(step -> step.command().startsWith("java "))
                .findFirst()
                .orElseThrow();
        try (JavaProcess server = background(home, Map.of("API_PORT", String.valueOf(port)), start);
                Terminal terminal = new Terminal(home)) {
            await().atMost(PATIENCE).until(() -> server.lines().stream().anyMatch(line -> line.startsWith("try: ")));
            List<String> greeting = told(server.lines()).stream()
                    .filter(line -> !line.startsWith("reading documents: ") && !line.startsWith("Picked up "))
                    .filter(line -> !LOGGED.matcher(line).lookingAt()) // before the rest where the start is slow
                    .limit(start.output().size())
                    .toList();
            assertThat(start.shows(greeting))
                    .as("%s\nis not\n%s", greeting, start.output())
                    .isTrue();
            follow(terminal, home, password(greeting), notAsSaid);
        }
        assertThat(notAsSaid).isEmpty();
    }

    private void prepare(Terminal terminal, ConsolePage.Step step) throws IOException {
        boolean slow = step.command().startsWith("git ") || step.command().startsWith("mvn ");
        if (!slow || FROM_NOTHING) {
            String here = step.command()
                    .replaceFirst(
                            "https://\\S+",
                            Matcher.quoteReplacement(ProjectFiles.root().toString()));
            String name = step.command().startsWith("git ") ? " prime-spark-java" : "";
            assertThat(terminal.type(here + name)).as(step.command()).isEqualTo(step.output());
        }
    }

    private void follow(Terminal terminal, Path home, String password, List<String> notAsSaid) throws Exception {
        JavaProcess events = null;
        ConsolePage.Step watching = null;
        try {
            for (ConsolePage.Step step : STEPS) {
                if (step.terminal().equals("events")) {
                    String auth = String.join("", terminal.type("printf %s \"$AUTH\""));
                    JavaProcess started = background(home, Map.of("AUTH", auth), step);
                    events = started;
                    watching = step;
                    await().atMost(PATIENCE)
                            .until(() -> started.lines().contains(step.output().get(0)));
                } else if (step.terminal().isEmpty()) {
                    follow(terminal, step, password, notAsSaid);
                }
            }
            assertThat(events).isNotNull();
            JavaProcess seen = events;
            ConsolePage.Step said = watching;
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(said.shows(told(seen.lines())))
                            .as("%s", seen.lines())
                            .isTrue());
        } finally {
            if (events != null) {
                events.close();
            }
        }
    }

    /** What only asks is asked again until it is as the page says, as people do who are faster than the machine. */
    private void follow(Terminal terminal, ConsolePage.Step step, String password, List<String> notAsSaid)
            throws Exception {
        String command = here(step.command().replace(PLACE, password));
        boolean asks = !command.contains(" -d ") && !command.contains(" -X ");
        List<String> appeared = told(terminal.type(command));
        if (asks && !step.shows(appeared)) {
            String first = String.join("\n", appeared); // later ones may be of the rate limit
            try {
                await().pollInterval(Duration.ofMillis(500))
                        .atMost(PATIENCE)
                        .until(() -> step.shows(told(terminal.type(command))));
            } catch (ConditionTimeoutException e) {
                notAsSaid.add(step.command() + "\n  shows " + first + "\n  and not " + step.output());
            }
        } else if (!step.shows(appeared)) {
            notAsSaid.add(step.command() + "\n  shows " + appeared + "\n  and not " + step.output());
        }
    }

    private JavaProcess background(Path home, Map<String, String> more, ConsolePage.Step step) {
        Map<String, String> environment = new java.util.TreeMap<>(more);
        environment.put("OLLAMA_EDGE_URL", "http://127.0.0.1:9"); // nobody: what a model says is another each time
        String path = Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH");
        environment.put("PATH", path);
        return JavaProcess.start(home, environment, List.of("bash", "-c", "exec " + here(step.command())));
    }

    /** The page's port may be in use here. */
    private String here(String command) {
        return command.replace("localhost:8000", "localhost:" + port);
    }

    private List<String> told(List<String> lines) {
        return lines.stream().map(line -> line.replace(":" + port, ":8000")).toList();
    }

    private static String password(List<String> greeting) {
        Matcher found = PASSWORD.matcher(String.join("\n", greeting));
        assertThat(found.find()).isTrue();
        return found.group(1);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
