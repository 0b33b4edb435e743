package ai.primespark.agent;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a task asks of the agent that runs it. Immutable and thread-safe; two requirements are equal if they ask for the same,
 * in whatever order it was written.
 *
 * <p>Names are {@code [a-z][a-z0-9._-]*} of up to 64 characters; label values up to 128 of {@code [A-Za-z0-9._:/+-]}.
 */
public final class Requirements {

    /** Any agent will do. */
    public static final Requirements NONE = new Requirements(new TreeSet<>());

    private static final String NAME = "[a-z][a-z0-9._-]{0,63}";
    private static final Pattern TERM =
            Pattern.compile("(!)?(" + NAME + ")(?:(=)([A-Za-z0-9._:/+-]{1,128})|(>=)([0-9.E+-]{1,24}))?");

    private final SortedSet<String> terms;
    private final String signature;

    private Requirements(SortedSet<String> terms) {
        this.terms = terms;
        this.signature = String.join(",", terms);
    }

    /**
     * Asks for capabilities.
     *
     * @param capabilities names, for example {@code "gpu"}
     * @return the requirements
     * @throws IllegalArgumentException for a name that is not allowed
     */
    public static Requirements all(String... capabilities) {
        Requirements requirements = NONE;
        for (String capability : capabilities) {
            requirements = requirements.has(capability);
        }
        return requirements;
    }

    /**
     * Also asks for a capability.
     *
     * @param capability its name, for example {@code "gpu"}
     * @return new requirements
     * @throws IllegalArgumentException for a name that is not allowed
     */
    public Requirements has(String capability) {
        return and(name(capability));
    }

    /**
     * Also asks for a label with a value.
     *
     * @param label its name, for example {@code "model"}
     * @param value its value, for example {@code "llama3.2:3b"}
     * @return new requirements
     * @throws IllegalArgumentException for a name or value that is not allowed
     */
    public Requirements with(String label, String value) {
        return and(name(label) + "=" + value);
    }

    /**
     * Also asks for a minimum of a resource.
     *
     * @param resource its name, for example {@code "memory.gb"}
     * @param amount finite, not negative
     * @return new requirements
     * @throws IllegalArgumentException for a name or amount that is not allowed
     */
    public Requirements min(String resource, double amount) {
        return and(name(resource) + ">=" + amount);
    }

    /**
     * Also refuses agents with a capability or label, whatever its value.
     *
     * @param name its name, for example {@code "metered"}
     * @return new requirements
     * @throws IllegalArgumentException for a name that is not allowed
     */
    public Requirements not(String name) {
        return and("!" + name(name));
    }

    /**
     * Reads what {@link #signature()} wrote.
     *
     * @param signature the text
     * @return the requirements
     * @throws IllegalArgumentException when it is not a signature
     */
    public static Requirements parse(String signature) {
        Requirements requirements = NONE;
        for (String term : signature.isEmpty() ? new String[0] : signature.split(",", -1)) {
            requirements = requirements.and(term);
        }
        return requirements;
    }

    private Requirements and(String term) {
        Matcher m = match(term);
        if (m.group(1) != null && (m.group(3) != null || m.group(5) != null)) {
            throw new IllegalArgumentException("only a name can be refused: '" + term + "'");
        }
        TreeSet<String> copy = new TreeSet<>(terms);
        copy.add(m.group(5) == null ? term : m.group(2) + ">=" + amount(m));
        return new Requirements(copy);
    }

    private static String name(String name) {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException(
                    "'" + name + "' is not a name: [a-z][a-z0-9._-]*, at most 64 characters");
        }
        return name;
    }

    private static Matcher match(String term) {
        Matcher m = TERM.matcher(term);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "'" + term + "' is not a capability, label=value, resource>=amount or !name");
        }
        return m;
    }

    private static double amount(Matcher m) {
        double amount = Double.parseDouble(m.group(6)); // a NumberFormatException is an IllegalArgumentException
        if (!(amount >= 0 && amount < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("an amount must be finite and not negative: " + amount);
        }
        return amount;
    }

    /**
     * The requirements as canonical text, equal for equal requirements: sorted terms {@code capability}, {@code label=value},
     * {@code resource>=amount} and {@code !name}, with commas between.
     *
     * @return empty for {@link #NONE}
     */
    public String signature() {
        return signature;
    }

    /**
     * Whether an agent has everything that is asked for.
     *
     * @param agent the agent
     * @return true when it may run the task
     */
    public boolean satisfiedBy(AgentProfile agent) {
        for (String term : terms) {
            Matcher m = match(term);
            String name = m.group(2);
            boolean met;
            if (m.group(1) != null) {
                met = !agent.capabilities().contains(name) && !agent.labels().containsKey(name);
            } else if (m.group(3) != null) {
                met = m.group(4).equals(agent.labels().get(name));
            } else if (m.group(5) != null) {
                Double has = agent.resources().get(name);
                met = has != null && has >= amount(m);
            } else {
                met = agent.capabilities().contains(name);
            }
            if (!met) {
                return false;
            }
        }
        return true;
    }

    /**
     * The single terms of {@link #signature()}.
     *
     * @return sorted; unmodifiable
     */
    public Set<String> terms() {
        return Collections.unmodifiableSet(terms);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Requirements that && terms.equals(that.terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    @Override
    public String toString() {
        return "Requirements[" + signature() + "]";
    }
}
