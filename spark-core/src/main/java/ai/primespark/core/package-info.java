/** The engine: turns a builder's wishes into running parts, and closes them in reverse order. */
@NullMarked
package ai.primespark.core;

import org.jspecify.annotations.NullMarked;
