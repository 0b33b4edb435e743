/**
 * Where the electricity comes from, how long it will last, and what follows from it.
 *
 * <p>Start at {@link ai.primespark.power.Power#status()}. Sources (a UPS behind a NUT server, the kernel, the operating system)
 * are read and merged into one {@link ai.primespark.power.PowerReading}; a {@link ai.primespark.power.PowerPolicy} says which
 * {@link ai.primespark.power.PowerProfile} the reading calls for; the manager follows it, fast downwards and slowly upwards.
 * Routing, memory and agents obey the profile. The library never halts the machine.
 */
@NullMarked
package ai.primespark.power;

import org.jspecify.annotations.NullMarked;
