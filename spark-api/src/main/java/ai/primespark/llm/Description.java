package ai.primespark.llm;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a model should know about a type, a component of a record, a constant of an enum or a parameter of a tool. Becomes the
 * description in the JSON schema that is made from it.
 *
 * <pre>{@code
 * record Invoice(
 *         @Description("as printed, without blanks") String number,
 *         @Description("in euros") BigDecimal total) {}
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.PARAMETER})
public @interface Description {

    /**
     * The description.
     *
     * @return plain words; for a model, not for a programmer
     */
    String value();
}
