/**
 * Watches and steers the tunnel. {@link ai.primespark.core.vpn.PeerHealth} and {@link ai.primespark.core.vpn.Healing} decide and
 * know neither threads nor clocks; {@link ai.primespark.core.vpn.Tunnel} looks, probes and does what they decided.
 */
@NullMarked
package ai.primespark.core.vpn;

import org.jspecify.annotations.NullMarked;
