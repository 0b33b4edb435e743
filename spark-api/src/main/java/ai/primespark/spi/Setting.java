package ai.primespark.spi;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Declares one setting: its name, type, default, bounds and meaning. One declaration serves the parser, the error messages, the
 * builder and the generated reference.
 *
 * <pre>{@code
 * static final Setting<Duration> KEEP_ALIVE = Setting.duration("keep-alive", "How long the server keeps a model loaded.")
 *         .atLeast(Duration.ZERO).defaultsTo(Duration.ofMinutes(5));
 * }</pre>
 *
 * <p>A setting with neither a default nor {@link #optional()} is required. Immutable and thread-safe; identity is the object:
 * keep each in a constant.
 *
 * @param <T> the type of its value
 */
public final class Setting<T> {

    private static final String SIZE = "size";

    private final String name;
    private final String description;
    private final Type<T> type;
    private final @Nullable T defaultValue;
    private final boolean required;
    private final List<Rule<T>> rules;
    private final List<Setting<?>> fields;

    private Setting(
            String name,
            String description,
            Type<T> type,
            @Nullable T defaultValue,
            boolean required,
            List<Rule<T>> rules,
            List<Setting<?>> fields) {
        this.name = Objects.requireNonNull(name, "name");
        this.description = Objects.requireNonNull(description, "description");
        this.type = type;
        this.defaultValue = defaultValue;
        this.required = required;
        this.rules = rules;
        this.fields = fields;
    }

    private static <T> Setting<T> of(
            String name, String description, String typeName, Class<? super T> raw, Function<Object, T> parser) {
        return new Setting<>(name, description, new Type<>(typeName, raw, parser), null, true, List.of(), List.of());
    }

    /**
     * A text.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<String> text(String name, String description) {
        return of(name, description, "text", String.class, SettingParser::text);
    }

    /**
     * A yes or no: {@code true}, {@code false}, {@code yes}, {@code no}, {@code on}, {@code off}.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Boolean> bool(String name, String description) {
        return of(name, description, "true or false", Boolean.class, SettingParser::bool);
    }

    /**
     * A whole number.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Long> number(String name, String description) {
        return of(name, description, "whole number", Long.class, SettingParser::number);
    }

    /**
     * A number with a fraction.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Double> decimal(String name, String description) {
        return of(name, description, "number", Double.class, SettingParser::decimal);
    }

    /**
     * A number of bytes: a whole number, or one with a unit such as {@code 64 MiB} or {@code 10 MB}.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Long> bytes(String name, String description) {
        return of(name, description, SIZE, Long.class, SettingParser::bytes);
    }

    /**
     * A length of time: {@code 250 ms}, {@code 5s}, {@code 2 m}, {@code 1h}, {@code 7 days}, or ISO-8601 such as
     * {@code PT5S}. A bare number is refused, because its unit is anybody's guess.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Duration> duration(String name, String description) {
        return of(name, description, "duration", Duration.class, SettingParser::duration);
    }

    /**
     * An absolute {@code http} or {@code https} address without user info, query or fragment.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<URI> httpUrl(String name, String description) {
        return of(name, description, "http(s) URL", URI.class, SettingParser::httpUrl);
    }

    /**
     * A path in the file system; a leading {@code ~/} is the user's home.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Path> path(String name, String description) {
        return of(name, description, "path", Path.class, SettingParser::path);
    }

    /**
     * A password, key or token. Its value never appears in a message; texts that start with {@code change_me} or
     * {@code changeme} are refused.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Secret> secret(String name, String description) {
        return of(name, description, "secret", Secret.class, SettingParser::secret);
    }

    /**
     * One constant of an enum, written in lower case with dashes: {@code EDGE_FIRST} is {@code edge-first}.
     *
     * @param name kebab-case, dots for nesting
     * @param type the enum
     * @param description one sentence for the reference
     * @param <E> the enum
     * @return a required setting
     */
    public static <E extends Enum<E>> Setting<E> choice(String name, Class<E> type, String description) {
        String words = Arrays.stream(type.getEnumConstants()).map(Setting::word).collect(Collectors.joining(", "));
        return of(name, description, "one of " + words, type, raw -> SettingParser.choice(type, words, raw));
    }

    /**
     * A list of texts.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<List<String>> texts(String name, String description) {
        return of(name, description, "list of texts", List.class, SettingParser::texts);
    }

    /**
     * Texts by name, such as model aliases.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<Map<String, String>> textMap(String name, String description) {
        return of(name, description, "map of texts", Map.class, SettingParser::textMap);
    }

    /**
     * A list of providers, each with a type, an optional id and the settings of its type.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<List<ProviderSpec>> providers(String name, String description) {
        return of(name, description, "list of providers", List.class, SettingParser::providers);
    }

    /**
     * One provider, with a type and the settings of its type.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @return a required setting
     */
    public static Setting<ProviderSpec> provider(String name, String description) {
        return of(name, description, "provider", ProviderSpec.class, SettingParser::provider);
    }

    /**
     * A list of objects that all understand the same settings, such as the namespaces of memory.
     *
     * @param name kebab-case, dots for nesting
     * @param description one sentence for the reference
     * @param fields what each object understands
     * @return a required setting; each object is read like a section of its own, its problems with the place of the field
     */
    public static Setting<List<Settings>> objects(String name, String description, List<Setting<?>> fields) {
        List<Setting<?>> declared = List.copyOf(fields);
        String words = declared.stream().map(Setting::name).collect(Collectors.joining(", ", "list of {", "}"));
        return new Setting<>(
                name,
                description,
                new Type<>(words, List.class, raw -> SettingParser.objects(declared, raw)),
                null,
                true,
                List.of(),
                declared);
    }

    /**
     * Gives it a default.
     *
     * @param value the default; must satisfy the rules given so far
     * @return a new setting
     */
    public Setting<T> defaultsTo(T value) {
        check(value);
        return new Setting<>(name, description, type, value, false, rules, fields);
    }

    /**
     * Lets it be absent.
     *
     * @return a new setting; read it with {@link Settings#find}
     */
    public Setting<T> optional() {
        return new Setting<>(name, description, type, null, false, rules, fields);
    }

    /**
     * Adds a lower bound.
     *
     * @param least the smallest value allowed
     * @return a new setting
     */
    public Setting<T> atLeast(T least) {
        return must(v -> compare(v, least) >= 0, "at least " + print(least));
    }

    /**
     * Adds an upper bound.
     *
     * @param most the largest value allowed
     * @return a new setting
     */
    public Setting<T> atMost(T most) {
        return must(v -> compare(v, most) <= 0, "at most " + print(most));
    }

    /**
     * Adds a rule.
     *
     * @param rule true for values that are allowed
     * @param words completes the sentence "must be …", for example {@code "a power of two"}
     * @return a new setting
     */
    public Setting<T> must(Predicate<T> rule, String words) {
        List<Rule<T>> all = new java.util.ArrayList<>(rules);
        all.add(new Rule<>(rule, words));
        return new Setting<>(name, description, type, defaultValue, required, List.copyOf(all), fields);
    }

    /**
     * The name relative to the provider or subsystem.
     *
     * @return for example {@code keep-alive}
     */
    public String name() {
        return name;
    }

    /**
     * What it means.
     *
     * @return one sentence
     */
    public String description() {
        return description;
    }

    /**
     * What may be written, in words.
     *
     * @return for example {@code "duration, at least 0 s"}
     */
    public String allowed() {
        return rules.isEmpty()
                ? type.name()
                : type.name() + ", " + rules.stream().map(Rule::words).collect(Collectors.joining(", "));
    }

    /**
     * The default.
     *
     * @return empty for required and optional settings
     */
    public Optional<T> defaultValue() {
        return Optional.ofNullable(defaultValue);
    }

    /**
     * The default as a configuration file would say it.
     *
     * @return empty for required and optional settings
     */
    public Optional<String> defaultText() {
        return defaultValue().map(this::print);
    }

    /**
     * Whether a configuration without it is refused.
     *
     * @return true when there is no default and absence is not allowed
     */
    public boolean isRequired() {
        return required;
    }

    /**
     * What each object of a list of objects understands.
     *
     * @return empty for every other setting
     */
    public List<Setting<?>> fields() {
        return fields;
    }

    /**
     * Whether its value must be masked.
     *
     * @return true for secrets
     */
    public boolean isSecret() {
        return type.raw() == Secret.class;
    }

    /**
     * Turns a raw value into a typed one and checks it.
     *
     * @param raw a text, number, boolean, list or map as a file gives it, or the typed value itself
     * @return the typed value
     * @throws IllegalArgumentException when it is refused; the message says what would be right and never holds a secret
     */
    public T parse(Object raw) {
        T value = type.parser().apply(Objects.requireNonNull(raw, "raw"));
        check(value);
        return value;
    }

    @SuppressWarnings("unchecked") // values come from parse() of this very setting
    @Nullable
    T cast(@Nullable Object value) {
        return (T) value;
    }

    private void check(T value) {
        for (Rule<T> rule : rules) {
            if (!rule.test().test(value)) {
                throw new IllegalArgumentException("must be " + rule.words()
                        + (isSecret() || !fields.isEmpty() ? "" : ", but is " + print(value)));
            }
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"
    }) // bounds only make sense for comparable types, which fail here at declaration
    private static <T> int compare(T a, T b) {
        return ((Comparable) a).compareTo(b);
    }

    private String print(T value) {
        return type.name().equals(SIZE) && value instanceof Long bytes
                ? SettingParser.printBytes(bytes)
                : SettingParser.print(value);
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String toString() {
        return name + " (" + allowed() + ")";
    }

    private record Type<T>(String name, Class<? super T> raw, Function<Object, T> parser) {}

    private record Rule<T>(Predicate<T> test, String words) {}
}
