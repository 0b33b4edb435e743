/** What this machine and this process have left: processors, memory, disk, heat. */
@NullMarked
package ai.primespark.core.system;

import org.jspecify.annotations.NullMarked;
