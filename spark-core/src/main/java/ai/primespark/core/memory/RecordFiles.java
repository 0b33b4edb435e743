package ai.primespark.core.memory;

import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes files that hold one record each.
 *
 * <p>Uses the streams of java.io on purpose: unlike a FileChannel they are not closed when the calling thread is interrupted, so
 * a caller's interrupt never looks like a fault of the disk.
 */
final class RecordFiles {

    private static final int ONE_READ = 4_096;

    private RecordFiles() {}

    /**
     * Reads a record and checks it.
     *
     * @return null when there is no such file
     * @throws TierException when it is damaged
     */
    static @Nullable TierRecord record(File file) throws IOException {
        byte[] start = new byte[ONE_READ];
        int length;
        try (FileInputStream in = open(file)) {
            if (in == null) {
                return null;
            }
            length = in.read(start);
        }
        if (length > 0 && length < ONE_READ) { // most likely all of it, for the price of one system call
            try {
                return RecordFormat.read(start, length);
            } catch (TierException e) {
                // damaged, or a file system that gives less than there is: the whole file tells
            }
        }
        byte[] content = read(file);
        return content == null ? null : RecordFormat.read(content);
    }

    /** The whole content, or null when there is no such file. */
    static byte @Nullable [] read(File file) throws IOException {
        try (FileInputStream in = open(file)) {
            return in == null ? null : in.readAllBytes();
        }
    }

    /**
     * Everything but the body, checked by the header's own checksum.
     *
     * @return null when there is no such file
     * @throws TierException when the file is damaged as far as can be seen
     */
    static TierPage.@Nullable Header header(File file) throws IOException {
        byte[] head = new byte[RecordFormat.LONGEST_HEADER_BYTES];
        int length;
        long size;
        try (RandomAccessFile in = openRandom(file)) {
            if (in == null) {
                return null;
            }
            size = in.length();
            length = Math.max(0, in.read(head));
        }
        return RecordFormat.readHeader(head, length, size);
    }

    /** A record without its body, for the law. */
    static TierRecord withoutBody(TierPage.Header header) {
        return header.tombstone()
                ? TierRecord.tombstone(header.key(), header.version(), header.expiresAtMillis())
                : TierRecord.value(header.key(), header.version(), header.expiresAtMillis(), "", new byte[0]);
    }

    /** Writes a new file and waits until the disk has it. */
    static void writeSynced(File file, byte[] content) throws IOException {
        try (FileOutputStream out = new FileOutputStream(file)) {
            out.write(content);
            out.getFD().sync();
        }
    }

    static void move(File from, File to) throws IOException {
        Files.move(from.toPath(), to.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static Path directory(File file) {
        return Objects.requireNonNull(file.toPath().getParent(), "a record lies in a directory");
    }

    private static @Nullable FileInputStream open(File file) throws IOException {
        try {
            return new FileInputStream(file);
        } catch (FileNotFoundException e) {
            return isAbsent(file) ? null : new FileInputStream(file); // the second attempt tells what is really wrong
        }
    }

    private static @Nullable RandomAccessFile openRandom(File file) throws IOException {
        try {
            return new RandomAccessFile(file, "r");
        } catch (FileNotFoundException e) {
            return isAbsent(file) ? null : new RandomAccessFile(file, "r");
        }
    }

    /** FileNotFoundException is thrown for every failure to open; a tier must not take a missing right for a missing file. */
    private static boolean isAbsent(File file) throws IOException {
        try {
            Files.readAttributes(file.toPath(), BasicFileAttributes.class);
            return false;
        } catch (NoSuchFileException e) {
            return true;
        }
    }
}
