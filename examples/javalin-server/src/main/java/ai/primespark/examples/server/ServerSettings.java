package ai.primespark.examples.server;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The section {@code prime-spark-server} of the configuration: how this application serves. Its defaults and what each means stand in
 * the resource {@code prime-spark-server.conf}. Immutable.
 */
record ServerSettings(
        String host,
        int port,
        Duration heartbeat,
        Duration grace,
        Limits limits,
        Optional<Tls> tls,
        Cors cors,
        List<String> proxies,
        MetricsFor metrics) {

    static final String SECTION = "prime-spark-server";

    /** Sizes in bytes; 0 is no limit where that is allowed. */
    record Limits(
            long body,
            int headers,
            int connections,
            int connectionsPerSource,
            int requests,
            int requestsPerSource,
            int rate,
            int burst,
            Duration idle,
            long uploadRate) {}

    /** Where certificate and key are, and how long browsers are to insist on TLS. */
    record Tls(Path certificate, Path key, Duration hsts) {}

    /** Whose pages may call. */
    record Cors(List<String> origins, Duration maxAge) {}

    /** Who may read the metrics. */
    enum MetricsFor {
        LOOPBACK,
        USERS,
        EVERYBODY
    }

    private static final Config DEFAULTS = ConfigFactory.parseResources(ServerSettings.class, "/" + SECTION + ".conf");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|::1");
    private static final Pattern ORIGIN = Pattern.compile("\\*|https?://[A-Za-z0-9.\\[\\]:-]+");
    private static final Pattern NETWORK = Pattern.compile("[0-9A-Fa-f.:]+(/\\d{1,3})?");

    /**
     * Reads the settings. Lowest first: defaults, {@code API_HOST} and {@code API_PORT}, the file, {@code PRIME_SPARK_SERVER_*} variables,
     * system properties.
     *
     * @param file HOCON; need not be there
     * @throws StartupException with all mistakes
     */
    static ServerSettings load(Path file, Variables variables) throws StartupException {
        try {
            Config given = ConfigFactory.systemProperties()
                    .withFallback(environment(variables))
                    .withFallback(
                            Files.exists(file)
                                    ? ConfigFactory.parseFile(
                                            file.toFile(),
                                            ConfigParseOptions.defaults().setAllowMissing(false))
                                    : ConfigFactory.empty())
                    .withFallback(familiar(variables));
            return read(given);
        } catch (ConfigException.Parse | ConfigException.IO e) {
            throw new StartupException("cannot read the configuration: " + e.getMessage());
        }
    }

    /** The defaults. */
    static ServerSettings defaults() {
        try {
            return parse("");
        } catch (StartupException e) {
            throw new IllegalStateException("the defaults break their own rules", e);
        }
    }

    /** Reads a section that a program has written. */
    static ServerSettings parse(String hocon) throws StartupException {
        return read(ConfigFactory.parseString(SECTION + " {" + hocon + "\n}"));
    }

    private static Config familiar(Variables variables) throws StartupException {
        Config config = ConfigFactory.empty();
        Optional<String> host = variables.text("API_HOST");
        if (host.isPresent()) {
            config = with(config, "host", host.get(), "API_HOST");
        }
        Optional<Integer> port = variables.number("API_PORT", 0, 65_535);
        return port.isPresent() ? with(config, "port", String.valueOf(port.get()), "API_PORT") : config;
    }

    /** {@code PRIME_SPARK_SERVER_LIMITS_BODY} is {@code limits.body}; lists are written as in HOCON, or with commas. */
    private static Config environment(Variables variables) {
        Config config = ConfigFactory.empty();
        for (Map.Entry<String, ConfigValue> setting :
                DEFAULTS.getConfig(SECTION).entrySet()) {
            String name =
                    (SECTION + "." + setting.getKey()).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
            Optional<String> value = variables.text(name);
            if (value.isPresent()) {
                config = with(config, setting.getKey(), value.get(), name);
            }
        }
        return config;
    }

    private static Config with(Config config, String path, String text, String origin) {
        return ConfigFactory.parseMap(Map.of(SECTION + "." + path, text), origin)
                .withFallback(config);
    }

    private static ServerSettings read(Config given) throws StartupException {
        Reader reader = new Reader(section(given));
        reader.refuseUnknown();
        ServerSettings settings = settings(reader);
        reader.check();
        return settings;
    }

    private static Config section(Config given) throws StartupException {
        try {
            return given.withFallback(DEFAULTS)
                    .resolve(ConfigResolveOptions.defaults()
                            .setAllowUnresolved(true)) // the library's part is not our business
                    .getConfig(SECTION);
        } catch (ConfigException e) {
            throw new StartupException("cannot read the section " + SECTION + ": " + e.getMessage());
        }
    }

    private static ServerSettings settings(Reader reader) {
        return new ServerSettings(
                reader.text("host", Pattern.compile("[A-Za-z0-9.:-]{1,255}"), "an address or a host's name"),
                reader.number("port", 0, 65_535),
                reader.time("heartbeat", Duration.ofMillis(10), Duration.ofMinutes(10)),
                reader.time("grace", Duration.ZERO, Duration.ofMinutes(10)),
                new Limits(
                        reader.bytes("limits.body", 1024, 1 << 30),
                        (int) reader.bytes("limits.headers", 2048, 1 << 20),
                        reader.number("limits.connections", 1, 1_000_000),
                        reader.number("limits.connections-per-source", 0, 1_000_000),
                        reader.number("limits.requests", 1, 1_000_000),
                        reader.number("limits.requests-per-source", 0, 1_000_000),
                        reader.number("limits.rate", 0, 1_000_000),
                        reader.number("limits.burst", 1, 1_000_000),
                        reader.time("limits.idle", Duration.ofMillis(100), Duration.ofHours(1)),
                        reader.bytes("limits.upload-rate", 0, 1 << 30)),
                tls(reader),
                new Cors(
                        reader.texts("cors.origins", ORIGIN, "origins such as https://chat.home.arpa, or *"),
                        reader.time("cors.max-age", Duration.ZERO, Duration.ofDays(1))),
                proxies(reader),
                reader.metrics());
    }

    private static List<String> proxies(Reader reader) {
        List<String> networks = reader.texts("proxies", NETWORK, "addresses or networks such as 10.0.0.0/8");
        try {
            new Proxies(networks);
            return networks;
        } catch (IllegalArgumentException e) {
            reader.problem("proxies", "must be a list of addresses or networks such as 10.0.0.0/8");
            return List.of();
        }
    }

    private static Optional<Tls> tls(Reader reader) {
        Pattern anything = Pattern.compile(".*");
        String certificate = reader.text("tls.certificate", anything, "a path");
        String key = reader.text("tls.key", anything, "a path");
        Duration hsts = reader.time("tls.hsts", Duration.ZERO, Duration.ofDays(3650));
        if (certificate.isEmpty() != key.isEmpty()) {
            reader.problem("tls", "needs certificate and key, or neither");
        }
        return certificate.isEmpty() || key.isEmpty()
                ? Optional.empty()
                : Optional.of(new Tls(Path.of(certificate), Path.of(key), hsts));
    }

    /** Whether only programs on this machine can connect. */
    boolean here() {
        return LOOPBACK.matcher(host).matches();
    }

    /** The same settings on another port. */
    ServerSettings onPort(int other) {
        return new ServerSettings(host, other, heartbeat, grace, limits, tls, cors, proxies, metrics);
    }

    /** The same settings on another address. */
    ServerSettings onHost(String other) {
        return new ServerSettings(other, port, heartbeat, grace, limits, tls, cors, proxies, metrics);
    }

    /** How this server is addressed on this machine. */
    String url(int boundPort) {
        String name = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return (tls.isPresent() ? "https://" : "http://") + (name.contains(":") ? "[" + name + "]" : name) + ":"
                + boundPort;
    }

    /** Reads value by value, and collects what is wrong; a wrong one is replaced by its default until {@link #check()}. */
    private static final class Reader {

        private final Config config;
        private final List<String> problems = new ArrayList<>();

        Reader(Config config) {
            this.config = config;
        }

        void refuseUnknown() {
            Config known = DEFAULTS.getConfig(SECTION);
            for (Map.Entry<String, ConfigValue> given : config.entrySet()) {
                if (!known.hasPath(given.getKey())) {
                    problem(
                            given.getKey(),
                            "is not a setting; the settings are "
                                    + known.entrySet().stream()
                                            .map(Map.Entry::getKey)
                                            .sorted()
                                            .toList());
                }
            }
        }

        void problem(String path, String rule) {
            String where =
                    config.hasPath(path) ? " (" + config.getValue(path).origin().description() + ")" : "";
            problems.add(SECTION + "." + path + where + " " + rule);
        }

        void check() throws StartupException {
            if (!problems.isEmpty()) {
                throw new StartupException(String.join("\n  ", problems));
            }
        }

        private <T> T read(String path, String rule, Function<Config, Optional<T>> how) {
            try {
                Optional<T> value = how.apply(config);
                if (value.isPresent()) {
                    return value.get();
                }
            } catch (ConfigException e) {
                // said below
            }
            problem(path, "must be " + rule);
            return how.apply(DEFAULTS.getConfig(SECTION)).orElseThrow();
        }

        String text(String path, Pattern form, String rule) {
            return read(
                    path,
                    rule,
                    c -> Optional.of(c.getString(path))
                            .filter(text -> form.matcher(text).matches()));
        }

        int number(String path, int least, int most) {
            return read(
                    path,
                    "a whole number from " + least + " to " + most,
                    c -> Optional.of(c.getInt(path)).filter(number -> number >= least && number <= most));
        }

        Duration time(String path, Duration least, Duration most) {
            return read(
                    path,
                    "a time such as 10 s, from " + least.toMillis() + " ms to " + most.toSeconds() + " s",
                    c -> Optional.of(c.getDuration(path))
                            .filter(time -> time.compareTo(least) >= 0 && time.compareTo(most) <= 0));
        }

        long bytes(String path, long least, long most) {
            return read(
                    path,
                    "a size such as 1 MiB, from " + least + " to " + most + " bytes",
                    c -> Optional.of(c.getBytes(path)).filter(size -> size >= least && size <= most));
        }

        List<String> texts(String path, Pattern form, String rule) {
            return read(
                    path,
                    "a list of " + rule,
                    c -> Optional.of(list(c, path))
                            .filter(list -> list.stream()
                                    .allMatch(text -> form.matcher(text).matches())));
        }

        /** A variable holds a list as text. */
        private static List<String> list(Config config, String path) {
            if (!(config.getValue(path).unwrapped() instanceof String text)) {
                return config.getStringList(path);
            }
            return Pattern.compile("[\\s,\\[\\]\"]+")
                    .splitAsStream(text)
                    .filter(part -> !part.isEmpty())
                    .toList();
        }

        MetricsFor metrics() {
            return read(
                    "metrics",
                    "one of " + Choices.names(MetricsFor.class),
                    c -> Choices.find(MetricsFor.class, c.getString("metrics")));
        }
    }
}
