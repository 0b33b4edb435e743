package ai.primespark.core.memory;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes what a crash has interrupted. A record is written to {@code tmp/}, synced, and renamed to its place; it is
 * acknowledged after that. A power cut may undo the renaming, because the directories are not synced, but not the synced file:
 * ext4, xfs, btrfs and f2fs make a new file's name durable together with its content. So a whole record in {@code tmp/} that is
 * newer than the one in its place is moved there, and everything else in {@code tmp/} is thrown away.
 */
final class DirectoryRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryRecovery.class);

    private DirectoryRecovery() {}

    static void run(DirectoryRoot root, Function<TierKey, File> place) throws IOException {
        Set<Path> touched = new HashSet<>();
        int[] recovered = {0};
        DirectoryRoot.each(root.tmp(), file -> {
            if (Files.isRegularFile(file) && recover(file.toFile(), place, touched)) {
                recovered[0]++;
            }
        });
        for (Path directory : touched) {
            DurableFiles.syncDirectory(directory);
        }
        if (recovered[0] > 0) {
            LOG.info("Completed {} interrupted writes in {}", recovered[0], root.path());
        }
    }

    private static boolean recover(File file, Function<TierKey, File> place, Set<Path> touched) throws IOException {
        TierRecord record;
        try {
            byte[] content = RecordFiles.read(file);
            if (content == null) {
                return false;
            }
            record = RecordFormat.read(content);
        } catch (TierException e) { // torn: it was never acknowledged
            Files.delete(file.toPath());
            return false;
        }
        File target = place.apply(record.key());
        if (!isNewer(record, target)) {
            Files.delete(file.toPath());
            return false;
        }
        Path directory = RecordFiles.directory(target);
        Files.createDirectories(directory);
        RecordFiles.move(file, target);
        touched.add(directory);
        return true;
    }

    private static boolean isNewer(TierRecord record, File target) throws IOException {
        try {
            TierPage.Header held = RecordFiles.header(target);
            return held == null || record.version().isNewerThan(held.version());
        } catch (TierException e) { // the one in place is damaged
            return true;
        }
    }
}
