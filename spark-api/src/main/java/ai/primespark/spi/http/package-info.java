/**
 * What a backend that speaks HTTP needs and the JDK's client does not give: calls whose body is bounded in time and size and
 * can be broken off in every phase, readers for lines and server-sent events in bounded memory, and failures told apart.
 *
 * <p>Start with {@link ai.primespark.spi.http.HttpLlmCall}, the skeleton of a streamed answer. It reads what a
 * {@link ai.primespark.spi.http.HttpLink} brings, through a {@link ai.primespark.spi.http.LineReader} or an
 * {@link ai.primespark.spi.http.EventReader}, and names failures with {@link ai.primespark.spi.http.HttpFailures}. Everything is
 * built on {@link java.net.http}; no JSON library is presumed.
 */
@NullMarked
package ai.primespark.spi.http;

import org.jspecify.annotations.NullMarked;
