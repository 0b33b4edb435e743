/** The command line that sets up WireGuard networks; {@link ai.primespark.vpn.cli.VpnTool} is its entry. */
@NullMarked
package ai.primespark.vpn.cli;

import org.jspecify.annotations.NullMarked;
