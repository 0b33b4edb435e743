package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists records in the order of their hashes, shard by shard. The cursor is the hash of the last file that was looked at. Never
 * holds more than a bounded number of names, however many records there are.
 */
final class Scan {

    private static final Logger LOG = LoggerFactory.getLogger(Scan.class);

    /** Files looked at for one page at most; a page may come out short or empty when few of them match. */
    private static final int MOST_FILES = 4_096;

    private static final int NAME = 62;

    private final String namespace;
    private final String prefix;
    private final int limit;
    private final long stopNanos;
    private final List<TierPage.Header> page = new ArrayList<>();
    private @Nullable String last;
    private int looked;

    private Scan(String namespace, String prefix, int limit, Deadline deadline) {
        this.namespace = namespace;
        this.prefix = prefix;
        this.limit = limit;
        // a short page in time is worth more than a full one too late
        this.stopNanos = System.nanoTime() + deadline.remainingNanos() / 2;
    }

    static TierPage page(
            Path data, String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline)
            throws IOException {
        checkCursor(cursor);
        Scan scan = new Scan(namespace, prefix, limit, deadline);
        int first = cursor == null ? 0 : Integer.parseInt(cursor.substring(0, 2), 16);
        for (int shard = first; shard < Layout.SHARDS; shard++) {
            String name = Layout.shard(shard);
            String after = cursor != null && shard == first ? cursor.substring(2) : "";
            if (!scan.shard(data.resolve(name), name, after)) {
                return new TierPage(scan.page, scan.last);
            }
        }
        return new TierPage(scan.page, null);
    }

    static void checkCursor(@Nullable String cursor) {
        if (cursor != null && (cursor.length() != 64 || !Layout.isHex(cursor))) {
            throw new TierException(Kind.PERMANENT, "not a cursor of this tier", null);
        }
    }

    /** Goes through a shard; false when the page is full first. */
    private boolean shard(Path directory, String shard, String after) throws IOException {
        String from = after;
        while (true) {
            List<String> names = names(directory, Layout.RECORD, from, MOST_FILES);
            for (String name : names) {
                if (page.size() >= limit || looked >= MOST_FILES || looked > 0 && System.nanoTime() - stopNanos > 0) {
                    return false;
                }
                looked++;
                look(directory.resolve(name + Layout.RECORD));
                last = shard + name;
                from = name;
            }
            if (names.size() < MOST_FILES) {
                return true;
            }
        }
    }

    /** The smallest names after one, in order; the directory itself is unordered. Everything else in it is passed over. */
    static List<String> names(Path directory, String suffix, String after, int most) throws IOException {
        PriorityQueue<String> smallest = new PriorityQueue<>(Comparator.reverseOrder());
        NasFiles.each(directory, entry -> {
            String file = NasFiles.name(entry);
            if (file.length() == NAME + suffix.length() && file.endsWith(suffix)) {
                String name = file.substring(0, NAME);
                if (name.compareTo(after) > 0 && Layout.isHex(name)) {
                    smallest.add(name);
                    if (smallest.size() > most) {
                        smallest.poll();
                    }
                }
            }
            return true;
        });
        return smallest.stream().sorted().toList();
    }

    private void look(Path file) throws IOException {
        NasFiles.Head head = NasFiles.head(file, RecordFormat.LONGEST_HEADER_BYTES);
        if (head == null) {
            return; // removed meanwhile
        }
        try {
            TierPage.Header header = RecordFormat.readHeader(head.bytes(), head.length(), head.size());
            if (header.key().namespace().equals(namespace) && header.key().key().startsWith(prefix)) {
                page.add(header);
            }
        } catch (TierException e) { // one damaged file must not hide all others; reading its key reports it
            LOG.debug("Left out of a listing: {} ({})", file, e.getMessage());
        }
    }
}
