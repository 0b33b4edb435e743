/** The driver over {@code wg} and {@code wg-quick}, for WireGuard in the kernel or in a process such as {@code wireguard-go}. */
@NullMarked
package ai.primespark.vpn.wireguard.driver;

import org.jspecify.annotations.NullMarked;
