package ai.primespark.agent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a public method that does one type of task, for {@link Agent#handlers(Object)}. Its parameters are the payload, a
 * {@link TaskContext}, both in this order, or none; what it returns is the result.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface TaskMethod {

    /**
     * The type of task.
     *
     * @return see {@link TaskRequest#of}
     */
    String value();
}
