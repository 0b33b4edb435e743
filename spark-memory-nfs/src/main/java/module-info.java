import org.jspecify.annotations.NullMarked;

/** Memory tier on a NAS: a directory that is an NFS or SMB mount. */
@NullMarked
module ai.primespark.memory.nfs {
    requires transitive ai.primespark.api;
    requires org.slf4j;
    requires static org.jspecify;

    exports ai.primespark.memory.nfs;

    provides ai.primespark.spi.MemoryTierProvider with
            ai.primespark.memory.nfs.NfsTierProvider;
}
