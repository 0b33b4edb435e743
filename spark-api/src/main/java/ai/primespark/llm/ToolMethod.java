package ai.primespark.llm;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method a tool that a model may ask for. Its parameters become the tool's arguments, under their own names: compile
 * with {@code -parameters}. A parameter is mandatory unless it is an {@link java.util.Optional} or marked as nullable.
 *
 * <pre>{@code
 * @ToolMethod("Says what the weather is like in a town.")
 * Weather weather(@Description("without the country") String town, Optional<LocalDate> day) { … }
 * }</pre>
 *
 * <p>The method may be of any visibility. In a named module its package must be open to {@code ai.primespark.core}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ToolMethod {

    /**
     * The description.
     *
     * @return when and how to use the tool; for a model
     */
    String value();

    /**
     * The tool's name.
     *
     * @return {@code [a-zA-Z0-9_-]{1,64}}; empty for the method's name
     */
    String name() default "";

    /**
     * How long the tool may run.
     *
     * @return milliseconds; 0 when the toolbox decides
     */
    long timeLimitMillis() default 0;
}
