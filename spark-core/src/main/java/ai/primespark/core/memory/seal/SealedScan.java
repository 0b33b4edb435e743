package ai.primespark.core.memory.seal;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierPage.Header;
import ai.primespark.spi.TierRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists a sealed namespace: a prefix says nothing about sealed names, so all pages are fetched, opened and sifted here, one page
 * in memory at a time. The tier's cursors are passed on as they are.
 *
 * <p>The deletion of a key of more than {@value NameSealer#LONGEST} bytes is not listed, because a tombstone has no body that
 * could say what it is called; it is there for whoever asks for the key.
 */
final class SealedScan {

    private static final Logger LOG = LoggerFactory.getLogger(SealedScan.class);

    private static final int LARGEST_PAGE = 512;
    private static final int MOST_PAGES = 50;
    private static final int BODIES_AT_ONCE = 8;

    private final MemoryTier inner;
    private final SealedTier.Seals seals;
    private final boolean plainRecords;
    private final String namespace;
    private final String prefix;
    private final Deadline deadline;

    SealedScan(
            MemoryTier inner,
            SealedTier.Seals seals,
            boolean plainRecords,
            String namespace,
            String prefix,
            Deadline deadline) {
        this.inner = inner;
        this.seals = seals;
        this.plainRecords = plainRecords;
        this.namespace = namespace;
        this.prefix = prefix;
        this.deadline = deadline;
    }

    /** A page, which may be empty although it is not the last one. */
    CompletionStage<TierPage> page(@Nullable String cursor, int limit) {
        return page(cursor, Math.min(limit, LARGEST_PAGE), MOST_PAGES);
    }

    private CompletionStage<TierPage> page(@Nullable String cursor, int limit, int left) {
        return inner.scan(namespace, "", cursor, limit, deadline).thenCompose(fetched -> {
            Sorted sorted = new Sorted();
            fetched.headers().forEach(sorted::add);
            return sorted.finish().thenCompose(headers -> {
                List<Header> wanted = headers.stream()
                        .filter(header -> header.key().key().startsWith(prefix))
                        .toList();
                String next = fetched.next();
                return wanted.isEmpty() && next != null && left > 1
                        ? page(next, limit, left - 1)
                        : CompletableFuture.completedFuture(new TierPage(wanted, next));
            });
        });
    }

    /** One page's records, by what must be done to learn their keys. */
    private final class Sorted {

        private final List<Header> opened = new ArrayList<>();
        private final List<TierKey> hashed = new ArrayList<>();
        private final List<Header> plain = new ArrayList<>();

        void add(Header header) {
            TierKey key = seals.names().open(header.key());
            if (key != null) {
                long bytes = header.tombstone() ? 0 : Math.max(0, header.bodyBytes() - RecordSealer.OVERHEAD);
                opened.add(new Header(key, header.version(), header.expiresAtMillis(), header.tombstone(), bytes));
            } else if (NameSealer.isHashed(header.key().key())) {
                if (!header.tombstone()) {
                    hashed.add(header.key());
                }
            } else if (plainRecords) {
                plain.add(header);
            } else {
                LOG.debug("A record of namespace '{}' is not listed: its name was not made with this key", namespace);
            }
        }

        CompletionStage<List<Header>> finish() {
            return openHashed(0).thenCompose(done -> addPlain()).thenApply(done -> opened);
        }

        /** Few at a time: bodies may be large. */
        private CompletionStage<@Nullable Void> openHashed(int from) {
            if (from >= hashed.size()) {
                return CompletableFuture.completedFuture(null);
            }
            List<CompletableFuture<@Nullable TierRecord>> some = new ArrayList<>();
            for (TierKey name : hashed.subList(from, Math.min(hashed.size(), from + BODIES_AT_ONCE))) {
                some.add(inner.get(name, deadline)
                        .thenApply(record -> record == null || record.isTombstone() ? null : open(record))
                        .exceptionally(SealedScan::unlessDamaged)
                        .toCompletableFuture());
            }
            return CompletableFuture.allOf(some.toArray(CompletableFuture<?>[]::new))
                    .thenCompose(done -> {
                        for (CompletableFuture<@Nullable TierRecord> each : some) {
                            TierRecord record = each.join();
                            if (record != null) {
                                opened.add(Header.of(record));
                            }
                        }
                        return openHashed(from + BODIES_AT_ONCE);
                    });
        }

        private TierRecord open(TierRecord sealed) {
            TierRecord record = seals.records().openLong(sealed);
            if (!seals.names().seal(record.key()).equals(sealed.key())) {
                throw new TierException(
                        TierException.Kind.CORRUPT, "a sealed record has another name than its key", null);
            }
            return record;
        }

        /** Records from before the tier was sealed, unless the same key is there sealed. */
        private CompletionStage<@Nullable Void> addPlain() {
            if (plain.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            List<TierKey> names = plain.stream()
                    .map(header -> seals.names().seal(header.key()))
                    .toList();
            return inner.getAll(names, deadline).thenApply(twins -> {
                for (int i = 0; i < twins.size(); i++) {
                    if (twins.get(i) == null) {
                        opened.add(plain.get(i));
                    }
                }
                return null;
            });
        }
    }

    /** A damaged record cannot say what it is called; a read of its key reports it. */
    private static @Nullable TierRecord unlessDamaged(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TierException tier && tier.kind() == TierException.Kind.CORRUPT) {
            LOG.warn("A record with a long key is not listed: {}", tier.getMessage());
            return null;
        }
        throw new CompletionException(cause);
    }
}
