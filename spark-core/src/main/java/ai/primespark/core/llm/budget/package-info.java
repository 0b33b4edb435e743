/** Budgets of the router: what may be used up in a period, what is, and how that survives a restart. */
@NullMarked
package ai.primespark.core.llm.budget;

import org.jspecify.annotations.NullMarked;
