/** Knows which private networks are up. */
@NullMarked
package ai.primespark.core.vpn;

import org.jspecify.annotations.NullMarked;
