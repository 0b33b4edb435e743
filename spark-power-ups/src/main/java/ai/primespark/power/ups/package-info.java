/**
 * Power sources: {@code nut} (a UPS behind a NUT server), {@code apcupsd}, {@code pisugar}, {@code sysfs} (the Linux kernel),
 * {@code oshi} (other operating systems), {@code file} and {@code exec} (anything else). The providers are the way in, through the
 * engine's discovery.
 *
 * <p>All of them only read; none gives a UPS an order.
 */
@NullMarked
package ai.primespark.power.ups;

import org.jspecify.annotations.NullMarked;
