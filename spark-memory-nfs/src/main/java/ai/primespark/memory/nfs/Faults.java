package ai.primespark.memory.nfs;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Says what a failure of the mount means. The JDK keeps the error number to itself and passes on the operating system's words,
 * in the language of the locale. What has an exception type of its own is told by that; the rest by the English words of Linux,
 * macOS and Windows; and words that are not known by a look at the file system: one without space is full, one that says so is
 * read-only. What is left counts as transient, so that the tier is tried again rather than given up.
 */
final class Faults {

    private record Fault(Kind kind, String remedy, List<String> words) {}

    private static final String MAKE_ROOM = "the NAS or its quota is full; make room there, or set max-bytes";

    private static final List<Fault> TABLE = List.of(
            new Fault(
                    Kind.FULL,
                    MAKE_ROOM,
                    List.of(
                            "no space left",
                            "quota exceeded",
                            "file too large",
                            "not enough space",
                            "disk is full",
                            "too many links")),
            new Fault(
                    Kind.PERMANENT,
                    "mounted read-only, or the server exports it so; mount it rw",
                    List.of("read-only file system", "write protected")),
            new Fault(
                    Kind.PERMANENT,
                    "not allowed; check the owner and mode of the directory, and the export's user mapping (root_squash)",
                    List.of("permission denied", "operation not permitted", "access is denied")),
            new Fault(
                    Kind.PERMANENT,
                    "the share's sign-in has ended or is missing; renew the Kerberos ticket or the mount's credentials",
                    List.of("key has expired", "required key not available", "key has been revoked", "logon failure")),
            new Fault(
                    Kind.PERMANENT,
                    "the path is too long for this share; use a directory nearer to its root",
                    List.of("file name too long", "filename too long", "name or extension is too long")),
            new Fault(
                    Kind.PERMANENT,
                    "something else lies where the tier keeps its files; give the tier a directory of its own",
                    List.of("not a directory", "is a directory", "too many levels of symbolic links")),
            new Fault(
                    Kind.TRANSIENT,
                    "the file was replaced or the server restarted, and opening it again did not help",
                    List.of("stale file handle", "stale nfs file handle")),
            new Fault(
                    Kind.TRANSIENT,
                    "the server or the network between fails; see the kernel's log",
                    List.of(
                            "input/output error",
                            "remote i/o error",
                            "host is down",
                            "timed out",
                            "no route to host",
                            "network is",
                            "connection refused",
                            "connection reset",
                            "not connected",
                            "network name",
                            "network path")),
            new Fault(
                    Kind.TRANSIENT,
                    "another program has the file open, and this share does not replace open files",
                    List.of("being used by another process", "sharing violation", "resource busy", "text file busy")),
            new Fault(
                    Kind.TRANSIENT,
                    "this process has too many files open; raise its limit (ulimit -n)",
                    List.of("too many open files")));

    private Faults() {}

    /** The words of the operating system, without the path. */
    static String reason(IOException failure) {
        if (failure instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof FileNotFoundException && message.endsWith(")") && message.contains(" (")) {
            return message.substring(message.lastIndexOf(" (") + 2, message.length() - 1);
        }
        return message;
    }

    static TierException classify(String where, Path root, IOException failure) {
        String reason = reason(failure);
        if (failure instanceof AccessDeniedException) {
            return new TierException(
                    Kind.PERMANENT, where + ": " + TABLE.get(2).remedy() + " (" + failure.getMessage() + ")", failure);
        }
        if (failure instanceof NoSuchFileException) {
            return new TierException(
                    Kind.TRANSIENT,
                    where + ": a file or directory of the tier vanished meanwhile (" + failure.getMessage()
                            + "); is it still mounted?",
                    failure);
        }
        String words = reason.toLowerCase(Locale.ROOT);
        for (Fault fault : TABLE) {
            if (fault.words().stream().anyMatch(words::contains)) {
                return new TierException(fault.kind(), where + ": " + fault.remedy() + " (" + reason + ")", failure);
            }
        }
        return unknown(where, root, failure, reason);
    }

    private static TierException unknown(String where, Path root, IOException failure, String reason) {
        try {
            FileStore store = Files.getFileStore(root);
            if (store.isReadOnly()) {
                return new TierException(
                        Kind.PERMANENT, where + ": " + TABLE.get(1).remedy() + " (" + reason + ")", failure);
            }
            if (store.getUsableSpace() == 0) {
                return new TierException(Kind.FULL, where + ": " + MAKE_ROOM + " (" + reason + ")", failure);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return new TierException(Kind.TRANSIENT, where + ": " + reason, failure);
    }

    /** A share that does not replace a file while another client has it open; soon it may. */
    static boolean isSharingViolation(IOException failure, boolean smb) {
        String words = reason(failure).toLowerCase(Locale.ROOT);
        return failure instanceof AccessDeniedException && smb
                || TABLE.get(8).words().stream().anyMatch(words::contains);
    }

    /** Something is there already: the answer of an exclusive creation, of whatever kind. */
    static boolean isThere(IOException failure) {
        String words = reason(failure).toLowerCase(Locale.ROOT);
        return failure instanceof FileAlreadyExistsException
                || failure instanceof DirectoryNotEmptyException
                || words.contains("not empty")
                || words.contains("file exists")
                || words.contains("already exists");
    }

    /** The file system cannot do this at all. */
    static boolean isUnsupported(IOException failure) {
        String words = reason(failure).toLowerCase(Locale.ROOT);
        return words.contains("not supported")
                || words.contains("not implemented")
                || words.contains("operation not permitted")
                || words.contains("incorrect function")
                || words.contains("invalid argument");
    }
}
