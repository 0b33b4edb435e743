package ai.primespark.core.power;

import ai.primespark.spi.PowerSource;

/**
 * A power source and its id.
 *
 * @param id unique among the sources
 * @param source started; closed by whoever made it
 */
public record ConfiguredSource(String id, PowerSource source) {}
