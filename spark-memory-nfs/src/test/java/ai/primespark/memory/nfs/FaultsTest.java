package ai.primespark.memory.nfs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "No space left on device          | FULL      | make room",
                "Disk quota exceeded              | FULL      | quota",
                "File too large                   | FULL      | make room",
                "There is not enough space on the disk | FULL | make room",
                "Read-only file system            | PERMANENT | mount it rw",
                "The media is write protected     | PERMANENT | mount it rw",
                "Permission denied                | PERMANENT | root_squash",
                "Operation not permitted          | PERMANENT | root_squash",
                "Access is denied                 | PERMANENT | root_squash",
                "Key has expired                  | PERMANENT | Kerberos",
                "Required key not available       | PERMANENT | Kerberos",
                "File name too long               | PERMANENT | too long",
                "Not a directory                  | PERMANENT | directory of its own",
                "Is a directory                   | PERMANENT | directory of its own",
                "Stale file handle                | TRANSIENT | opening it again",
                "Stale NFS file handle            | TRANSIENT | opening it again",
                "Input/output error               | TRANSIENT | kernel's log",
                "Remote I/O error                 | TRANSIENT | kernel's log",
                "Host is down                     | TRANSIENT | kernel's log",
                "Connection timed out             | TRANSIENT | kernel's log",
                "No route to host                 | TRANSIENT | kernel's log",
                "Transport endpoint is not connected | TRANSIENT | kernel's log",
                "The specified network name is no longer available | TRANSIENT | kernel's log",
                "The process cannot access the file because it is being used by another process | TRANSIENT | open",
                "Device or resource busy          | TRANSIENT | open",
                "Text file busy                   | TRANSIENT | open",
                "Too many open files              | TRANSIENT | ulimit",
                "Etwas Unbekanntes                | TRANSIENT | Etwas Unbekanntes",
            })
    void theSystemsWordsAreUnderstood(String words, Kind kind, String remedy) {
        for (IOException failure : new IOException[] {
            new FileSystemException("/mnt/a", "/mnt/b", words), // how java.nio says it
            new IOException(words), // how channels and streams say it
            new FileNotFoundException("/mnt/a (odd) (" + words + ")"), // how java.io says that it cannot open
        }) {
            TierException said = Faults.classify("tier 'x' in /mnt", directory, failure);
            assertThat(said.kind()).as("%s", failure).isEqualTo(kind);
            assertThat(said).hasMessageStartingWith("tier 'x' in /mnt: ").hasMessageContaining(remedy);
            assertThat(said.getMessage()).contains(words);
            assertThat(said.getCause()).isSameAs(failure);
        }
    }

    @Test
    void exceptionsWithATypeAreToldByItInAnyLanguage() {
        assertThat(Faults.classify("t", directory, new AccessDeniedException("/mnt/a"))
                        .kind())
                .isEqualTo(Kind.PERMANENT);
        assertThat(Faults.classify("t", directory, new NoSuchFileException("/mnt/a"))
                        .kind())
                .isEqualTo(Kind.TRANSIENT);
        assertThat(Faults.isThere(new FileAlreadyExistsException("/mnt/a"))).isTrue();
        assertThat(Faults.isThere(new DirectoryNotEmptyException("/mnt/a"))).isTrue();
        assertThat(Faults.isThere(new FileSystemException("/a", "/b", "Directory not empty")))
                .isTrue();
        assertThat(Faults.isThere(new FileSystemException("/a", "/b", "Stale file handle")))
                .isFalse();
        assertThat(Faults.isSharingViolation(new AccessDeniedException("/a"), true))
                .isTrue();
        assertThat(Faults.isSharingViolation(new AccessDeniedException("/a"), false))
                .isFalse();
        assertThat(Faults.isSharingViolation(new FileSystemException("/a", "/b", "Device or resource busy"), false))
                .isTrue();
        assertThat(Faults.isUnsupported(new FileSystemException("/a", "/b", "Operation not supported")))
                .isTrue();
    }
}
