/**
 * The place of the WireGuard provider: keys, the generator of node configurations, and the driver for the
 * tunnel. This version ships no provider yet: the module holds only this package, is not in the BOM and is not
 * published.
 */
@NullMarked
package ai.primespark.vpn.wireguard;

import org.jspecify.annotations.NullMarked;
