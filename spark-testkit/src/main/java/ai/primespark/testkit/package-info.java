/**
 * Contracts for implementors, fakes for applications.
 *
 * <p>Whoever implements an interface of {@link ai.primespark.spi} extends its contract in a test:
 * {@link ai.primespark.testkit.ProviderContract} for every provider, {@link ai.primespark.testkit.MemoryTierContract} for memory
 * tiers, {@link ai.primespark.testkit.LlmBackendContract} for LLM backends,
 * {@link ai.primespark.testkit.HttpLlmBackendContract} for those that speak HTTP, and
 * {@link ai.primespark.testkit.PowerSourceContract} for power sources. Each rule has an id, such as {@code TIER-02},
 * which the interface's documentation explains and the test's name carries.
 *
 * <p>Whoever uses Prime Spark in an application tests it with {@link ai.primespark.testkit.InMemoryTier},
 * {@link ai.primespark.testkit.FlakyTier} and {@link ai.primespark.testkit.ScriptedLlmBackend}.
 */
@NullMarked
package ai.primespark.testkit;

import org.jspecify.annotations.NullMarked;
