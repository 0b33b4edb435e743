package ai.primespark.core.memory;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierPage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists records in the order of their file names, shard by shard. The cursor is the name of the last file that was looked at,
 * without the dots: 64 hexadecimal digits. Never holds more than a bounded number of names.
 */
final class DirectoryScan {

    static final String SUFFIX = ".rec";

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryScan.class);

    /** Files looked at for one page at most; a page may come out short or empty when few of them match. */
    private static final int MOST_FILES = 8_192;

    private final DirectoryRoot root;
    private final String namespace;
    private final String prefix;
    private final int limit;
    private final List<TierPage.Header> page = new ArrayList<>();
    private @Nullable String last;
    private int looked;

    private DirectoryScan(DirectoryRoot root, String namespace, String prefix, int limit) {
        this.root = root;
        this.namespace = namespace;
        this.prefix = prefix;
        this.limit = limit;
    }

    static TierPage page(DirectoryRoot root, String namespace, String prefix, @Nullable String cursor, int limit)
            throws IOException {
        if (cursor != null && !cursor.matches("[0-9a-f]{64}")) {
            throw new TierException(TierException.Kind.PERMANENT, "not a cursor of this tier", null);
        }
        DirectoryScan scan = new DirectoryScan(root, namespace, prefix, limit);
        int first = cursor == null ? 0 : Integer.parseInt(cursor.substring(0, 2), 16);
        for (int shard = first; shard < 256; shard++) {
            String after = cursor != null && shard == first ? cursor.substring(2) : "";
            if (!scan.shard(String.format(Locale.ROOT, "%02x", shard), after)) {
                return new TierPage(scan.page, scan.last);
            }
        }
        return new TierPage(scan.page, null);
    }

    /** Goes through a shard; false when the page is full first. */
    private boolean shard(String shard, String after) throws IOException {
        String from = after;
        while (true) {
            List<String> names = nextNames(root.data().resolve(shard), from);
            for (String name : names) {
                if (page.size() >= limit || looked >= MOST_FILES) {
                    return false;
                }
                looked++;
                look(new File(root.data().resolve(shard).toFile(), name + SUFFIX));
                last = shard + name;
                from = name;
            }
            if (names.size() < batch()) {
                return true;
            }
        }
    }

    private int batch() {
        return Math.max(1_024, Math.min(limit, MOST_FILES));
    }

    /** The smallest names after one, in order; the directory itself is unordered. */
    private List<String> nextNames(Path directory, String after) throws IOException {
        PriorityQueue<String> smallest = new PriorityQueue<>(Comparator.reverseOrder());
        DirectoryRoot.each(directory, entry -> {
            String file = entry.getFileName().toString();
            if (file.length() == 62 + SUFFIX.length() && file.endsWith(SUFFIX)) {
                String name = file.substring(0, 62);
                if (name.compareTo(after) > 0) {
                    smallest.add(name);
                    if (smallest.size() > batch()) {
                        smallest.poll();
                    }
                }
            }
        });
        return smallest.stream().sorted().toList();
    }

    private void look(File file) throws IOException {
        try {
            TierPage.Header header = RecordFiles.header(file);
            if (header != null
                    && header.key().namespace().equals(namespace)
                    && header.key().key().startsWith(prefix)) {
                page.add(header);
            }
        } catch (TierException e) { // one damaged file must not hide all others; reading its key reports it
            LOG.debug("Left out of a listing: {} ({})", file, e.getMessage());
        }
    }
}
