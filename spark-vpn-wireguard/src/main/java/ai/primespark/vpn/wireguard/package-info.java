/**
 * WireGuard: keys, the configuration of whole networks, and a checker and editor for configuration files.
 *
 * <p>{@link ai.primespark.vpn.wireguard.WireGuardKeys} makes keys, {@link ai.primespark.vpn.wireguard.WgRenderer} writes what a
 * node needs to know of a {@link ai.primespark.vpn.VpnTopology}, {@link ai.primespark.vpn.wireguard.WgConfig} reads, checks and
 * edits existing files.
 */
@NullMarked
package ai.primespark.vpn.wireguard;

import org.jspecify.annotations.NullMarked;
