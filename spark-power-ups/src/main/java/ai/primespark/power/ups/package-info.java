/**
 * The place of the power sources beyond those of the engine: UPS servers (NUT) and hardware sensors. This
 * version ships no provider yet: the module holds only this package, is not in the BOM and is not published.
 */
@NullMarked
package ai.primespark.power.ups;

import org.jspecify.annotations.NullMarked;
