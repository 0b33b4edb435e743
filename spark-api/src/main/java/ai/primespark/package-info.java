/**
 * The facade: {@link ai.primespark.PrimeSpark}, its builder and configuration, and the root of every exception.
 *
 * <p>Start at {@link ai.primespark.PrimeSpark#builder()}. The subsystems have one package each, named by the same word in
 * every module: {@code memory}, {@code llm}, {@code agent}, {@code power}, {@code vpn}, {@code auth}, {@code health} and
 * {@code event}. Plugin authors implement {@code ai.primespark.spi} and nothing else.
 */
@NullMarked
package ai.primespark;

import org.jspecify.annotations.NullMarked;
