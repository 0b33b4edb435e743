/**
 * The place of the NAS provider: memory tier 2 in a directory of a network storage, mounted by NFS or SMB. This
 * version ships no provider yet: the module holds only this package, is not in the BOM and is not published.
 */
@NullMarked
package ai.primespark.memory.nfs;

import org.jspecify.annotations.NullMarked;
