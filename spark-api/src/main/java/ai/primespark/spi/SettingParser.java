package ai.primespark.spi;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what a configuration file or a program gives into typed values. Messages complete "setting X: …". */
final class SettingParser {

    private static final Pattern AMOUNT = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");

    private static final Map<String, Long> NANOS = Map.ofEntries(
            Map.entry("ns", 1L),
            Map.entry("us", 1_000L),
            Map.entry("ms", 1_000_000L),
            Map.entry("s", 1_000_000_000L),
            Map.entry("seconds", 1_000_000_000L),
            Map.entry("m", 60_000_000_000L),
            Map.entry("min", 60_000_000_000L),
            Map.entry("minutes", 60_000_000_000L),
            Map.entry("h", 3_600_000_000_000L),
            Map.entry("hours", 3_600_000_000_000L),
            Map.entry("d", 86_400_000_000_000L),
            Map.entry("days", 86_400_000_000_000L));

    private static final Map<String, Long> SIZES = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("b", 1L),
            Map.entry("kb", 1_000L),
            Map.entry("mb", 1_000_000L),
            Map.entry("gb", 1_000_000_000L),
            Map.entry("tb", 1_000_000_000_000L),
            Map.entry("kib", 1L << 10),
            Map.entry("mib", 1L << 20),
            Map.entry("gib", 1L << 30),
            Map.entry("tib", 1L << 40));

    private SettingParser() {}

    static String text(Object raw) {
        if (raw instanceof String || raw instanceof Number || raw instanceof Boolean) {
            return raw.toString();
        }
        throw expected("a text", raw);
    }

    static Boolean bool(Object raw) {
        if (raw instanceof Boolean b) {
            return b;
        }
        return switch (raw.toString().strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw expected("true or false", raw);
        };
    }

    static Long number(Object raw) {
        if (raw instanceof Integer || raw instanceof Long) {
            return ((Number) raw).longValue();
        }
        try {
            return Long.valueOf(raw.toString().strip());
        } catch (NumberFormatException e) {
            throw expected("a whole number", raw);
        }
    }

    static Double decimal(Object raw) {
        try {
            double value = raw instanceof Number n
                    ? n.doubleValue()
                    : Double.parseDouble(raw.toString().strip());
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // reported below, like a number that is not finite
        }
        throw expected("a number", raw);
    }

    static Long bytes(Object raw) {
        if (raw instanceof Integer || raw instanceof Long) {
            return ((Number) raw).longValue();
        }
        return amount(raw, SIZES, "a size such as 64 MiB or 10 MB");
    }

    static Duration duration(Object raw) {
        if (raw instanceof Duration d) {
            return countable(d);
        }
        String text = raw.toString().strip();
        if (text.startsWith("P") || text.startsWith("p")) {
            try {
                return countable(Duration.parse(text));
            } catch (DateTimeParseException e) {
                throw expected("a duration such as 250 ms, 5s, 2m or PT5S", raw);
            }
        }
        return Duration.ofNanos(amount(raw, NANOS, "a duration with a unit, such as 250 ms, 5s or 2m"));
    }

    /** Whoever uses a duration counts it in nanoseconds, so what does not fit must be refused here. */
    private static Duration countable(Duration d) {
        if (d.abs().compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0) {
            throw expected("a duration of at most 292 years", d);
        }
        return d;
    }

    private static long amount(Object raw, Map<String, Long> units, String wanted) {
        Matcher matcher = AMOUNT.matcher(raw.toString().strip());
        if (matcher.matches()) {
            Long unit = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
            double value = unit == null ? -1 : Double.parseDouble(matcher.group(1)) * unit;
            if (value >= 0 && value < Long.MAX_VALUE) {
                return Math.round(value);
            }
        }
        throw expected(wanted, raw);
    }

    static URI httpUrl(Object raw) {
        try {
            URI uri = raw instanceof URI u ? u : new URI(raw.toString().strip());
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null) {
                if (uri.getUserInfo() != null) {
                    // not echoed: what stands there is a password
                    throw new IllegalArgumentException(
                            "must not hold user info before the host; use the provider's own secret setting");
                }
                if (uri.getQuery() == null && uri.getFragment() == null) {
                    return uri;
                }
            }
        } catch (URISyntaxException e) {
            // reported below
        }
        // user info holds passwords, and queries hold keys
        boolean telling = raw.toString().contains("@") || raw.toString().contains("?");
        throw new IllegalArgumentException(
                "must be an address such as http://127.0.0.1:11434, without query and fragment"
                        + (telling ? "" : ", but is '" + clip(raw) + "'"));
    }

    static Path path(Object raw) {
        if (raw instanceof Path p) {
            return p;
        }
        String text = raw.toString();
        try {
            if (text.isBlank()) {
                throw expected("a path", raw);
            }
            return text.startsWith("~/") ? Path.of(System.getProperty("user.home"), text.substring(2)) : Path.of(text);
        } catch (InvalidPathException e) {
            throw expected("a path", raw);
        }
    }

    static Secret secret(Object raw) {
        if (raw instanceof List<?> || raw instanceof Map<?, ?>) {
            throw new IllegalArgumentException("must be one text");
        }
        Secret secret = raw instanceof Secret s ? s : Secret.of(raw.toString());
        String text = secret.reveal();
        if (text.isBlank()) {
            throw new IllegalArgumentException("must not be empty");
        }
        String folded = text.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        if (folded.startsWith("changeme")) {
            throw new IllegalArgumentException("is still the example text; make a secret of your own");
        }
        return secret;
    }

    static <E extends Enum<E>> E choice(Class<E> type, String words, Object raw) {
        if (type.isInstance(raw)) {
            return type.cast(raw);
        }
        String wanted = raw.toString().strip().toLowerCase(Locale.ROOT).replace('_', '-');
        for (E constant : type.getEnumConstants()) {
            if (Setting.word(constant).equals(wanted)) {
                return constant;
            }
        }
        throw expected("one of " + words, raw);
    }

    static List<String> texts(Object raw) {
        if (raw instanceof List<?> list) {
            List<String> texts = new ArrayList<>(list.size());
            list.forEach(item -> texts.add(text(item)));
            return List.copyOf(texts);
        }
        throw expected("a list of texts, such as [a, b]", raw);
    }

    static Map<String, String> textMap(Object raw) {
        if (raw instanceof Map<?, ?> map) {
            Map<String, String> texts = new LinkedHashMap<>();
            map.forEach((key, value) -> texts.put(String.valueOf(key), text(value)));
            return java.util.Collections.unmodifiableMap(texts);
        }
        throw expected("texts by name, such as {a = b}", raw);
    }

    static List<ProviderSpec> providers(Object raw) {
        if (!(raw instanceof List<?> list)) {
            throw expected("a list of providers, such as [{type = caffeine}]", raw);
        }
        List<ProviderSpec> specs = new ArrayList<>();
        for (Object item : list) {
            specs.add(provider(item));
        }
        return List.copyOf(specs);
    }

    static ProviderSpec provider(Object raw) {
        if (raw instanceof ProviderSpec spec) {
            return spec;
        }
        if (raw instanceof Map<?, ?> map && map.get("type") instanceof String type) {
            ProviderSpec spec = ProviderSpec.of(type);
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (!"type".equals(entry.getKey()) && entry.getValue() != null) {
                    spec = spec.with(String.valueOf(entry.getKey()), entry.getValue());
                }
            }
            return spec;
        }
        throw new IllegalArgumentException("each entry must be a map with a type, such as {type = caffeine}");
    }

    static List<Settings> objects(List<Setting<?>> fields, Object raw) {
        if (!(raw instanceof List<?> list)) {
            throw new IllegalArgumentException( // the value is not echoed: it may hold a secret
                    "must be a list of objects, such as [{" + fields.get(0).name() + " = …}]");
        }
        List<Settings> objects = new ArrayList<>();
        for (Object item : list) {
            if (item instanceof Settings ready) {
                objects.add(ready);
            } else if (item instanceof Map<?, ?> map) {
                Map<String, Object> values = new LinkedHashMap<>();
                map.forEach((key, value) -> values.put(String.valueOf(key), value));
                objects.add(Settings.of(fields, values));
            } else {
                throw new IllegalArgumentException("each entry must be an object, such as {"
                        + fields.get(0).name() + " = …}");
            }
        }
        return List.copyOf(objects);
    }

    /** How a configuration file would say it. */
    static String print(Object value) {
        if (value instanceof Duration d) {
            return printDuration(d);
        }
        if (value instanceof Enum<?> e) {
            return Setting.word(e);
        }
        return value.toString();
    }

    private static String printDuration(Duration d) {
        long nanos = d.toNanos();
        if (nanos > 86_400_000_000_000L && nanos % 86_400_000_000_000L == 0) {
            return nanos / 86_400_000_000_000L + " days";
        }
        if (nanos != 0 && nanos % 3_600_000_000_000L == 0) {
            return nanos / 3_600_000_000_000L + " h";
        }
        if (nanos != 0 && nanos % 60_000_000_000L == 0) {
            return nanos / 60_000_000_000L + " min";
        }
        if (nanos % 1_000_000_000L == 0) {
            return nanos / 1_000_000_000L + " s";
        }
        return nanos % 1_000_000L == 0 ? nanos / 1_000_000L + " ms" : nanos / 1_000_000.0 + " ms";
    }

    /** Bytes in the largest unit that needs no fraction. */
    static String printBytes(long bytes) {
        if (bytes != 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + " GiB";
        }
        if (bytes != 0 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + " MiB";
        }
        return bytes != 0 && bytes % (1L << 10) == 0 ? (bytes >> 10) + " KiB" : Long.toString(bytes);
    }

    private static IllegalArgumentException expected(String wanted, Object raw) {
        String given = "'" + clip(raw) + "'";
        if (raw instanceof Map<?, ?>) { // not echoed: one of its values may be a secret
            given = "a map";
        } else if (raw instanceof List<?>) {
            given = "a list";
        }
        return new IllegalArgumentException("must be " + wanted + ", but is " + given);
    }

    private static String clip(Object raw) {
        String text = String.valueOf(raw);
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
