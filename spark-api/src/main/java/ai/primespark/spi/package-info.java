/**
 * What plugin authors implement, and nothing else.
 *
 * <p>A plugin is a jar with a {@link ai.primespark.spi.SparkProvider} registered for {@link java.util.ServiceLoader} (in
 * {@code META-INF/services} and, if it is a named module, by {@code provides}). The provider is a cheap, stateless, named
 * factory; its product ({@link ai.primespark.spi.MemoryTier}, {@link ai.primespark.spi.LlmBackend} …) holds the state.
 *
 * <p>The rules that every product follows:
 *
 * <ul>
 *   <li>{@code create} does no I/O, starts no thread and opens nothing; {@code start} may, but does not fail because a remote
 *       server is away.
 *   <li>Thread-safe. Blocking work runs on the executor of the {@link ai.primespark.spi.ProviderContext}; no own threads where
 *       that can be helped, daemon threads otherwise.
 *   <li>Nothing is retried inside: retries, fallbacks, circuit breakers and metrics are the engine's, one per instance.
 *   <li>Every wait ends: deadlines are obeyed, {@code close} is bounded, and closing twice is harmless.
 *   <li>Secrets never appear in {@code toString}, messages or logs.
 * </ul>
 *
 * <p>These interfaces grow only by {@code default} methods. The contract tests in {@code spark-testkit} check the rules; each
 * carries the number of the rule it checks.
 */
@NullMarked
package ai.primespark.spi;

import org.jspecify.annotations.NullMarked;
