/**
 * Memory tier on a NAS: a directory that is an NFS or SMB mount, shared by several machines. Applications name the provider
 * {@code nfs} in their configuration; operators prepare a directory with {@link ai.primespark.memory.nfs.NfsStorage}.
 */
@NullMarked
package ai.primespark.memory.nfs;

import org.jspecify.annotations.NullMarked;
