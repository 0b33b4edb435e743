/** The user stores of the engine: files of this machine, this process's memory, memory's tiers. */
@NullMarked
package ai.primespark.core.auth.store;

import org.jspecify.annotations.NullMarked;
