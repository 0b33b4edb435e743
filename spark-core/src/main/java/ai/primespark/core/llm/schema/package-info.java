/**
 * JSON schemas: made from Java types, checked against JSON, and JSON read into Java values.
 *
 * <p>Written by hand on purpose. The generator must use the very names and subtypes that Jackson will read, in three shades for
 * answers, arguments and checks; and the check must say which part of a path is the schema's and which the model's, because the
 * latter is private data. The libraries that were measured for this add 0.2 and 1.0 MB and do neither.
 */
@NullMarked
package ai.primespark.core.llm.schema;

import org.jspecify.annotations.NullMarked;
