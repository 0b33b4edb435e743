package ai.primespark.examples.server;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.power.PowerMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The names that homelab users have in their {@code .env} already, as settings of this library. Empty values count as not set. */
final class Variables {

    private static final Pattern PLACEHOLDER =
            Pattern.compile("change[-_ ]?(me|this)|your[-_]|example([-_]|$)", Pattern.CASE_INSENSITIVE);

    private final Map<String, String> values;

    Variables(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    Optional<Integer> number(String name, int least, int most) throws StartupException {
        return parse(name, "a whole number from " + least + " to " + most, text -> {
            int number = Integer.parseInt(text);
            return number >= least && number <= most ? number : null;
        });
    }

    /** In logback's words; Python's are understood too. */
    Optional<String> logLevel() throws StartupException {
        return parse(
                "LOG_LEVEL", "one of error, warn, info, debug, trace", text -> switch (text.toUpperCase(Locale.ROOT)) {
                    case "ERROR", "CRITICAL" -> "ERROR";
                    case "WARN", "WARNING" -> "WARN";
                    case "INFO", "DEBUG", "TRACE" -> text.toUpperCase(Locale.ROOT);
                    default -> null;
                });
    }

    Optional<String> logFormat() throws StartupException {
        return parse(
                "LOG_FORMAT",
                "text or json",
                text -> text.matches("(?i)text|json") ? text.toLowerCase(Locale.ROOT) : null);
    }

    /**
     * That the server's agent works, below these names, below {@code FILE} or {@code ./primespark.conf}, below
     * {@code PRIMESPARK_*}, below system properties.
     */
    SparkConfig config(Optional<Path> file) throws StartupException {
        SparkConfig config = SparkConfig.empty().with("primespark.agents.autostart", true);
        for (Map.Entry<String, Object> option : llm().toMap().entrySet()) {
            config = config.with("primespark.llm." + option.getKey(), option.getValue());
        }
        Optional<Duration> interval = seconds("HEALTH_CHECK_INTERVAL");
        if (interval.isPresent()) {
            config = config.with("primespark.health.interval", interval.get());
        }
        Optional<PowerMode> mode = choice("POWER_MODE", PowerMode.class);
        if (mode.isPresent()) {
            config = config.with("primespark.power.mode", mode.get());
        }
        for (Map.Entry<String, Object> setting :
                new HomeVariables(this).settings().entrySet()) {
            config = config.with("primespark." + setting.getKey(), setting.getValue());
        }
        if (file.isPresent()) {
            return config.withFile(file.get()).withEnvironment(values).withSystemProperties();
        }
        for (SparkConfig.Source source : SparkConfig.load().sources()) {
            config = config.with(
                    source instanceof SparkConfig.Environment ? new SparkConfig.Environment(values) : source);
        }
        return config;
    }

    private LlmOptions llm() throws StartupException {
        LlmOptions.Builder options = LlmOptions.builder();
        List<ProviderSpec> backends = new ArrayList<>();
        address("OLLAMA_EDGE_URL").ifPresent(url -> backends.add(ollama("edge", Zone.EDGE, url)));
        address("OLLAMA_CLOUD_URL").ifPresent(url -> backends.add(ollama("cloud", Zone.CLOUD, url)));
        if (!backends.isEmpty()) {
            backends.add(ProviderSpec.of("recall"));
            options.backends(backends.toArray(ProviderSpec[]::new));
        }
        text("OLLAMA_DEFAULT_MODEL").ifPresent(options::defaultModel);
        choice("ROUTING_STRATEGY", RoutingStrategy.class).ifPresent(options::strategy);
        seconds("EDGE_TIMEOUT_SECONDS").ifPresent(options::firstTokenTimeout);
        flag("CLOUD_FALLBACK_ENABLED").ifPresent(options::cloudFallback);
        number("MAX_RETRIES", 0, 10).ifPresent(options::retries);
        return options.build();
    }

    private static ProviderSpec ollama(String id, Zone zone, URI url) {
        return ProviderSpec.of("ollama").id(id).with("zone", zone).with("url", url);
    }

    /** A secret; that of an example file is none. */
    Optional<Secret> secret(String name) throws StartupException {
        Optional<String> text = text(name);
        if (text.filter(value -> PLACEHOLDER.matcher(value).lookingAt()).isPresent()) {
            throw new StartupException(
                    name + " still is the example's; set one of your own, or take the line away if you need none");
        }
        return text.map(Secret::of);
    }

    private Optional<URI> address(String name) throws StartupException {
        return parse(name, "an address like http://192.168.1.20:11434", text -> {
            URI url = URI.create(text);
            return String.valueOf(url.getScheme()).matches("https?") && url.getHost() != null ? url : null;
        });
    }

    private Optional<Duration> seconds(String name) throws StartupException {
        return number(name, 1, 604_800).map(Duration::ofSeconds);
    }

    private Optional<Boolean> flag(String name) throws StartupException {
        return parse(name, "true or false", text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes", "on" -> true;
            case "false", "0", "no", "off" -> false;
            default -> null;
        });
    }

    <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) throws StartupException {
        List<String> names = Choices.names(type);
        return parse(name, "one of " + names, text -> Choices.find(type, text).orElse(null));
    }

    /** The message never holds the value: an address may carry a password. */
    <T> Optional<T> parse(String name, String rule, Function<String, T> parser) throws StartupException {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<T> parsed = text.map(parser);
            if (parsed.isPresent()) {
                return parsed;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new StartupException(name + " must be " + rule);
    }
}
