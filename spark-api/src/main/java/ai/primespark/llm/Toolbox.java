package ai.primespark.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tools that a model may use, and the bounds within which they are run. Immutable, as thread-safe as its tools, and meant to be
 * kept: make it once, not for every request.
 *
 * <pre>{@code
 * record Town(@Description("without the country") String name) {}
 *
 * Toolbox toolbox = Toolbox.builder()
 *         .add(ToolFunction.of("weather", "Says what the weather is like.", Town.class, town -> look(town.name())))
 *         .add(new Calendar()) // its methods that are marked with @ToolMethod
 *         .build();
 * String answer = spark.llm().run(LlmRequest.prompt("Do I need an umbrella in Bonn?").build(), toolbox).value();
 * }</pre>
 */
public final class Toolbox {

    /** No tools. */
    public static final Toolbox EMPTY = new Toolbox(new Builder());

    private final List<ToolFunction> tools;
    private final int stepLimit;
    private final int callsAtOnce;
    private final int callsPerStep;
    private final int resultChars;
    private final @Nullable Duration timeLimit;
    private final Predicate<ToolInvocation> approval;
    private final Function<Exception, String> errorText;
    private final Consumer<LlmEvent> listener;

    private Toolbox(Builder builder) {
        this.tools = List.copyOf(builder.tools);
        this.stepLimit = builder.stepLimit;
        this.callsAtOnce = builder.callsAtOnce;
        this.callsPerStep = builder.callsPerStep;
        this.resultChars = builder.resultChars;
        this.timeLimit = builder.timeLimit;
        this.approval = builder.approval;
        this.errorText = builder.errorText;
        this.listener = builder.listener;
        Set<String> names = new HashSet<>();
        for (ToolFunction tool : tools) {
            if (!names.add(tool.name())) {
                throw new IllegalArgumentException(
                        "two tools have the name '" + tool.name() + "'; give one of them another name");
            }
        }
    }

    /**
     * Starts.
     *
     * @return a builder without tools
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Tools with the usual bounds.
     *
     * @param sources each a {@link ToolFunction}, or an object with methods that are marked with {@link ToolMethod}
     * @return the toolbox
     * @throws IllegalArgumentException when an object has no such method, or two tools have one name
     */
    public static Toolbox of(Object... sources) {
        Builder builder = new Builder();
        for (Object source : sources) {
            builder.add(source);
        }
        return builder.build();
    }

    /**
     * The tools.
     *
     * @return in the order in which they were added; unmodifiable
     */
    public List<ToolFunction> tools() {
        return tools;
    }

    /**
     * How many answers a run may have that are about tools, the final one included.
     *
     * @return 8 unless set
     */
    public int stepLimit() {
        return stepLimit;
    }

    /**
     * How many tools of one answer run at the same time.
     *
     * @return 4 unless set
     */
    public int callsAtOnce() {
        return callsAtOnce;
    }

    /**
     * How many calls of one answer are run.
     *
     * @return 16 unless set
     */
    public int callsPerStep() {
        return callsPerStep;
    }

    /**
     * How much of a tool's result the model is told.
     *
     * @return characters; 50,000 unless set
     */
    public int resultChars() {
        return resultChars;
    }

    /**
     * How long a tool may run that has no time limit of its own.
     *
     * @return empty unless set; then the setting {@code llm.tools.timeout} holds
     */
    public Optional<Duration> timeLimit() {
        return Optional.ofNullable(timeLimit);
    }

    /**
     * What must allow a call.
     *
     * @return allows everything unless set
     */
    public Predicate<ToolInvocation> approval() {
        return approval;
    }

    /**
     * What the model is told about a tool that threw something.
     *
     * @return see {@link Builder#errorText}
     */
    public Function<Exception, String> errorText() {
        return errorText;
    }

    /**
     * Who is told of every event.
     *
     * @return nobody unless set
     */
    public Consumer<LlmEvent> listener() {
        return listener;
    }

    @Override
    public String toString() {
        return "Toolbox" + tools.stream().map(ToolFunction::name).toList();
    }

    private static String explain(Exception failure) {
        String message = failure.getMessage();
        boolean forTheModel = failure instanceof ToolException || failure instanceof IllegalArgumentException;
        return "The tool failed: "
                + (forTheModel && message != null ? message : failure.getClass().getSimpleName());
    }

    /** Collects tools. Not thread-safe. */
    public static final class Builder {

        private final List<ToolFunction> tools = new ArrayList<>();
        private int stepLimit = 8;
        private int callsAtOnce = 4;
        private int callsPerStep = 16;
        private int resultChars = 50_000;
        private @Nullable Duration timeLimit;
        private Predicate<ToolInvocation> approval = invocation -> true;
        private Function<Exception, String> errorText = Toolbox::explain;
        private Consumer<LlmEvent> listener = event -> {};

        private Builder() {}

        /**
         * Adds tools.
         *
         * @param source a {@link ToolFunction}, or an object with methods that are marked with {@link ToolMethod}
         * @return this builder
         * @throws IllegalArgumentException when an object has no such method
         */
        public Builder add(Object source) {
            if (source instanceof ToolFunction tool) {
                tools.add(tool);
            } else {
                tools.addAll(ToolFunction.methodsOf(source));
            }
            return this;
        }

        /**
         * Sets how many answers a run may have that are about tools. A model that still asks for tools in the last of them gets
         * no further: the run fails with {@link StepLimitException}.
         *
         * @param answers 1 to 1,000
         * @return this builder
         */
        public Builder stepLimit(int answers) {
            this.stepLimit = within("stepLimit", answers, 1_000);
            return this;
        }

        /**
         * Sets how many tools of one answer run at the same time.
         *
         * @param calls 1 to 100; 1 runs them in the order in which the model named them
         * @return this builder
         */
        public Builder callsAtOnce(int calls) {
            this.callsAtOnce = within("callsAtOnce", calls, 100);
            return this;
        }

        /**
         * Sets how many calls of one answer are run. The model is told that further ones were not.
         *
         * @param calls 1 to 1,000
         * @return this builder
         */
        public Builder callsPerStep(int calls) {
            this.callsPerStep = within("callsPerStep", calls, 1_000);
            return this;
        }

        /**
         * Sets how much of a tool's result the model is told. What goes beyond is cut, and the model is told that, too.
         *
         * @param chars 100 to 100,000,000
         * @return this builder
         */
        public Builder resultChars(int chars) {
            if (chars < 100) {
                throw new IllegalArgumentException("resultChars must be at least 100: " + chars);
            }
            this.resultChars = within("resultChars", chars, 100_000_000);
            return this;
        }

        /**
         * Sets how long a tool may run that has no limit of its own ({@link ToolFunction#within}). When its time is over it is
         * interrupted, the model is told so, and the run goes on; a tool that pays no heed to interrupts goes on as well, but
         * nobody waits for it.
         *
         * @param limit positive
         * @return this builder
         */
        public Builder timeLimit(Duration limit) {
            this.timeLimit = ToolFunction.Limited.positive(limit);
            return this;
        }

        /**
         * Sets what must allow each call before it is run. Asked one call after the other, before any tool of the answer
         * begins; may wait, for a person for example, as long as the run may last, and is interrupted when the run is closed.
         * The model is told when a call is not allowed. What throws, does not allow.
         *
         * @param allowed gets calls of known tools with arguments that fit
         * @return this builder
         */
        public Builder approve(Predicate<ToolInvocation> allowed) {
            this.approval = Objects.requireNonNull(allowed, "allowed");
            return this;
        }

        /**
         * Sets what the model is told about a tool that threw something. By default it is told the messages of
         * {@link ToolException} and {@link IllegalArgumentException}, and of everything else the name of its class alone, because
         * such messages may hold what must not travel. Never a stack trace.
         *
         * @param words what the model is told
         * @return this builder
         */
        public Builder errorText(Function<Exception, String> words) {
            this.errorText = Objects.requireNonNull(words, "words");
            return this;
        }

        /**
         * Sets who is told of every event of every run, whichever way it is consumed. Called on the thread that reads the run.
         *
         * @param observer must be quick; what it throws is logged and otherwise ignored
         * @return this builder
         */
        public Builder listener(Consumer<LlmEvent> observer) {
            this.listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the toolbox.
         *
         * @return the toolbox
         * @throws IllegalArgumentException when two tools have one name
         */
        public Toolbox build() {
            return new Toolbox(this);
        }

        private static int within(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " must be 1 to " + most + ": " + value);
            }
            return value;
        }
    }
}
