package ai.primespark.agent;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Who an agent is and what it can do. Immutable and thread-safe. */
public final class AgentProfile {

    private final String id;
    private final String type;
    private final int slots;
    private final Set<String> capabilities;
    private final Map<String, String> labels;
    private final Map<String, Double> resources;

    private AgentProfile(Builder builder) {
        this.id = builder.id;
        this.type = builder.type;
        this.slots = builder.slots;
        this.capabilities = Set.copyOf(builder.capabilities);
        this.labels = Map.copyOf(builder.labels);
        this.resources = Map.copyOf(builder.resources);
    }

    /**
     * Starts a profile.
     *
     * @param id unique among all agents of a queue: 1 to 64 of {@code [A-Za-z0-9._-]}
     * @return a builder; without further calls an agent of type {@code worker} with one slot and no capability
     */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /**
     * The agent's id.
     *
     * @return unique among all agents of a queue
     */
    public String id() {
        return id;
    }

    /**
     * What kind of agent it is, for people.
     *
     * @return for example {@code "control-pc"}
     */
    public String type() {
        return type;
    }

    /**
     * How many tasks it runs at once.
     *
     * @return at least 1
     */
    public int slots() {
        return slots;
    }

    /**
     * What it can do.
     *
     * @return unmodifiable
     */
    public Set<String> capabilities() {
        return capabilities;
    }

    /**
     * What else is to be known of it.
     *
     * @return values by name; unmodifiable
     */
    public Map<String, String> labels() {
        return labels;
    }

    /**
     * What it has, in units of the application's choice.
     *
     * @return amounts by name; unmodifiable
     */
    public Map<String, Double> resources() {
        return resources;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AgentProfile that
                && id.equals(that.id)
                && type.equals(that.type)
                && slots == that.slots
                && capabilities.equals(that.capabilities)
                && labels.equals(that.labels)
                && resources.equals(that.resources);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "AgentProfile[" + id + ", " + type + ", " + slots + " slots, " + capabilities + "]";
    }

    /** Collects a profile. Not thread-safe. */
    public static final class Builder {

        private final String id;
        private String type = "worker";
        private int slots = 1;
        private final Set<String> capabilities = new HashSet<>();
        private final Map<String, String> labels = new HashMap<>();
        private final Map<String, Double> resources = new HashMap<>();

        private Builder(String id) {
            if (!id.matches("[A-Za-z0-9._-]{1,64}")) {
                throw new IllegalArgumentException("an agent's id has 1 to 64 of [A-Za-z0-9._-]: '" + id + "'");
            }
            this.id = id;
        }

        /**
         * Sets the kind.
         *
         * @param type for people
         * @return this builder
         */
        public Builder type(String type) {
            this.type = Objects.requireNonNull(type, "type");
            return this;
        }

        /**
         * Sets how many tasks run at once.
         *
         * @param slots at least 1
         * @return this builder
         */
        public Builder slots(int slots) {
            if (slots < 1) {
                throw new IllegalArgumentException("an agent has at least one slot: " + slots);
            }
            this.slots = slots;
            return this;
        }

        /**
         * Adds capabilities.
         *
         * @param names see {@link Requirements}
         * @return this builder
         */
        public Builder capabilities(String... names) {
            capabilities.addAll(Set.of(names));
            return this;
        }

        /**
         * Adds a label.
         *
         * @param name see {@link Requirements}
         * @param value its value
         * @return this builder
         */
        public Builder label(String name, String value) {
            labels.put(name, value);
            return this;
        }

        /**
         * Adds a resource.
         *
         * @param name see {@link Requirements}
         * @param amount not negative
         * @return this builder
         */
        public Builder resource(String name, double amount) {
            resources.put(name, amount);
            return this;
        }

        /**
         * Makes the profile.
         *
         * @return a new profile
         */
        public AgentProfile build() {
            return new AgentProfile(this);
        }
    }
}
