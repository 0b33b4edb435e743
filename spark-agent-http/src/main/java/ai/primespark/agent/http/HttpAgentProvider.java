package ai.primespark.agent.http;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.agent.AgentProfile;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.ServerAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Makes agents that are reached over HTTP. */
public final class HttpAgentProvider implements RemoteAgentProvider {

    static final Setting<URI> URL =
            Setting.httpUrl("url", "Address of the agent, with a path if a proxy puts it under one.");

    static final Setting<Zone> ZONE = Setting.choice(
                    "zone",
                    Zone.class,
                    "How far a task travels to the agent; when absent, edge for this machine, private addresses and names of the local network, else cloud, which needs https.")
            .optional();

    static final Setting<List<String>> TYPES = Setting.texts("types", "The types of task that the agent does.")
            .must(types -> !types.isEmpty(), "not empty")
            .must(
                    types -> types.stream().allMatch(type -> type.matches("[A-Za-z0-9._:-]{1,128}")),
                    "each 1 to 128 of [A-Za-z0-9._:-]");

    static final Setting<List<String>> CAPABILITIES = Setting.texts(
                    "capabilities", "What the agent can do, for tasks that ask for it.")
            .defaultsTo(List.of());

    static final Setting<Map<String, String>> LABELS = Setting.textMap(
                    "labels", "What else is to be known of the agent; remote = <its id> is always there.")
            .defaultsTo(Map.of());

    static final Setting<String> KIND =
            Setting.text("kind", "What kind of agent it is, for people.").defaultsTo("http");

    static final Setting<Long> SLOTS = Setting.number("slots", "How many tasks the agent gets at once.")
            .atLeast(1L)
            .atMost(10_000L)
            .defaultsTo(1L);

    static final Setting<Secret> SECRET = Setting.secret(
                    "secret",
                    "What both sides sign with (HS256): at least 32 bytes, best from a random generator. This or key-file.")
            .optional();

    static final Setting<Path> KEY_FILE = Setting.path(
                    "key-file",
                    "Private key that requests are signed with (ES256): P-256, PKCS#8, PEM. Needs agent-key-file.")
            .optional();

    static final Setting<Path> AGENT_KEY_FILE = Setting.path(
                    "agent-key-file", "Public key of the agent, which signs its callbacks (ES256): P-256, PEM.")
            .optional();

    static final Setting<Path> CA_FILE = Setting.path(
                    "ca-file",
                    "Certificates (PEM) that vouch for the agent's, instead of those that the Java runtime knows.")
            .optional();

    static final Setting<URI> CALLBACK_URL = Setting.httpUrl(
                    "callback-url",
                    "Where the agent reaches the callbacks of this process; when absent, long work is asked about instead.")
            .optional();

    static final Setting<Duration> POLL_INTERVAL = Setting.duration(
                    "poll-interval",
                    "How often the agent is asked about long work; with callbacks, ten times as long, for those that get lost.")
            .atLeast(Duration.ofMillis(50))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(2));

    static final Setting<Duration> CONNECT_TIMEOUT = Setting.duration(
                    "connect-timeout", "How long a connection may take.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(2))
            .defaultsTo(Duration.ofSeconds(3));

    static final Setting<Duration> MAX_RUNTIME = Setting.duration(
                    "max-runtime", "How long one attempt may take, if the task itself does not say less.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofDays(30))
            .defaultsTo(Duration.ofHours(1));

    static final Setting<Duration> SILENCE = Setting.duration(
                    "silence-timeout",
                    "After how long without a sign of life of the agent, health checks included, an attempt is given up.")
            .atLeast(Duration.ofMillis(50))
            .atMost(Duration.ofDays(1))
            .defaultsTo(Duration.ofMinutes(2));

    static final Setting<String> HEALTH_PATH = Setting.text(
                    "health-path", "Where the agent is asked whether it is well: 200 means yes.")
            .must(path -> path.matches("/[A-Za-z0-9._~/-]*"), "an absolute path")
            .defaultsTo("/api/health");

    static final Setting<Long> MAX_ANSWER_BYTES = Setting.bytes(
                    "max-answer-bytes", "Longest answer of the agent; a longer one is a breach of protocol.")
            .atLeast(1L << 10)
            .atMost(64L << 20)
            .defaultsTo(4L << 20);

    /** For the service loader. */
    public HttpAgentProvider() {}

    @Override
    public String name() {
        return "http";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                URL,
                ZONE,
                TYPES,
                CAPABILITIES,
                LABELS,
                KIND,
                SLOTS,
                SECRET,
                KEY_FILE,
                AGENT_KEY_FILE,
                CA_FILE,
                CALLBACK_URL,
                POLL_INTERVAL,
                CONNECT_TIMEOUT,
                MAX_RUNTIME,
                SILENCE,
                HEALTH_PATH,
                MAX_ANSWER_BYTES);
    }

    @Override
    public RemoteAgent create(ProviderContext context) {
        Settings settings = context.settings();
        Zone zone = ServerAddress.zone(settings.get(URL), settings.find(ZONE), true);
        return new HttpAgent(context, zone, profile(context), AgentKeys.of(settings));
    }

    /**
     * The id has the node's name in it: two processes that share a queue and reach the same agent are two agents of the queue.
     */
    private static AgentProfile profile(ProviderContext context) {
        Settings settings = context.settings();
        AgentProfile.Builder profile = AgentProfile.builder(context.nodeId() + "." + context.id())
                .type(settings.get(KIND))
                .slots(settings.get(SLOTS).intValue())
                .capabilities(settings.get(CAPABILITIES).toArray(String[]::new));
        settings.get(LABELS).forEach(profile::label);
        return profile.label("remote", context.id()).build();
    }
}
