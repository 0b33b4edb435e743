package ai.primespark.core.memory;

import ai.primespark.spi.TierException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;

/**
 * Says what a failure of a local disk means. The JDK has an exception type for a missing right and none for a full disk or a
 * read-only one; those are told by the operating system's words, which the JDK passes on (strerror of Linux and macOS, in
 * English unless LC_ALL says otherwise, and FormatMessage of Windows). Words that are not known count as transient, so the tier
 * is tried again rather than given up.
 */
final class DiskFaults {

    private static final List<String> FULL = List.of(
            "no space left", "disk quota exceeded", "file too large", "not enough space", "disk is full", "quota");

    private static final List<String> PERMANENT =
            List.of("read-only file system", "permission denied", "operation not permitted", "access is denied");

    private DiskFaults() {}

    static TierException classify(String what, IOException failure) {
        String reason = failure instanceof FileSystemException file && file.getReason() != null
                ? file.getReason()
                : String.valueOf(failure.getMessage());
        String words = reason.toLowerCase(Locale.ROOT);
        if (FULL.stream().anyMatch(words::contains)) {
            return new TierException(
                    TierException.Kind.FULL, what + ": the disk or the quota is full; make room", failure);
        }
        if (failure instanceof AccessDeniedException || PERMANENT.stream().anyMatch(words::contains)) {
            return new TierException(
                    TierException.Kind.PERMANENT,
                    what + ": not allowed (" + reason + "); check the directory's owner, mode and mount options",
                    failure);
        }
        return new TierException(TierException.Kind.TRANSIENT, what + ": " + failure, failure);
    }
}
