/** Language models beside other libraries: what each makes of a failing server, and what it costs. Never published. */
@NullMarked
package ai.primespark.benchmarks.llm;

import org.jspecify.annotations.NullMarked;
