/** A plugin with a memory tier and an LLM backend of its own, to copy from. */
@NullMarked
package ai.primespark.examples.plugin;

import org.jspecify.annotations.NullMarked;
