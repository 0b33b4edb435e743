/**
 * The private network between this machine and its peers.
 *
 * <p>Start at {@link ai.primespark.vpn.Vpn#status()}. A driver brings the tunnel up and down and reads its counters; the manager
 * judges each peer's health from handshakes and traffic, restarts what is stuck, and tells the LLM router which networks can be
 * used. A {@link ai.primespark.vpn.VpnTopology} describes the whole network by public keys; private keys stay on their nodes.
 */
@NullMarked
package ai.primespark.vpn;

import org.jspecify.annotations.NullMarked;
