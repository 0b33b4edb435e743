package ai.primespark.llm.recall;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.LockObtainFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Where an index lies, and what its failures mean to whoever has to mend them. Nothing that is found there is ever deleted.
 *
 * @param path the directory; null for an index in memory
 */
record IndexPlace(@Nullable Path path) {

    private static final Pattern LUCENE_DATA = Pattern.compile("_[a-z0-9]+([._].*)?");
    private static final Pattern LUCENE_START = Pattern.compile("write\\.lock|pending_segments_.*");

    Directory open() throws IOException {
        if (path == null) {
            return new ByteBuffersDirectory();
        }
        try {
            create(path);
            check(path);
            return new FileDirectory(path);
        } catch (AccessDeniedException e) {
            throw new IndexException(this + " may not be read and written; change its owner or set another path", e);
        } catch (FileAlreadyExistsException e) {
            throw new IndexException(this + " cannot be made because there is a file; set another path", e);
        } catch (FileSystemException e) {
            throw new IndexException(this + " cannot be opened: " + e.getMessage() + "; set another path", e);
        }
    }

    /** Says what an exception of Lucene means and what to do about it. */
    IndexException explain(IOException e) {
        if (e instanceof IndexException explained) {
            return explained;
        }
        if (e instanceof LockObtainFailedException) {
            return new IndexException(
                    this + " is in use, by another process or by another instance in this one;"
                            + " give each its own path, or close the other one first",
                    e);
        }
        if (e instanceof IndexFormatTooOldException || e instanceof IndexFormatTooNewException) {
            return new IndexException(
                    this + " was made by a version of Lucene that this one cannot read; nothing was deleted: "
                            + moveAway(),
                    e);
        }
        if (e instanceof CorruptIndexException
                || e instanceof EOFException
                || e instanceof FileNotFoundException
                || e instanceof NoSuchFileException) {
            return damaged(e.toString(), e);
        }
        return new IndexException(this + " failed: " + e, e);
    }

    IndexException damaged(String what, @Nullable Throwable cause) {
        return new IndexException(this + " is damaged (" + what + "); nothing was deleted: " + moveAway(), cause);
    }

    IndexException otherwise(String what) {
        return new IndexException(this + " " + what, null);
    }

    private static String moveAway() {
        return "move the directory away, start again, and add the documents again";
    }

    private static void create(Path directory) throws IOException {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
        Files.createDirectories(directory, ownerOnly);
    }

    /** Lucene would begin a new index among other people's files, and delete what is left of one that lost its head. */
    private void check(Path directory) throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
        if (names.stream().anyMatch(name -> name.startsWith("segments"))) {
            return;
        }
        if (names.stream().anyMatch(name -> LUCENE_DATA.matcher(name).matches())) {
            throw damaged("its segments file is missing", null);
        }
        if (!names.stream().allMatch(name -> LUCENE_START.matcher(name).matches())) {
            throw otherwise("holds other files; set path to a directory that is empty or does not exist");
        }
    }

    @Override
    public String toString() {
        return path == null ? "the recall index in memory" : "the recall index at " + path;
    }
}
