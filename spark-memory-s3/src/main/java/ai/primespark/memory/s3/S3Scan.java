package ai.primespark.memory.s3;

import ai.primespark.memory.s3.HeaderCache.Held;
import ai.primespark.memory.s3.S3Client.Fetched;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import io.minio.GetObjectResponse;
import io.minio.messages.Item;
import io.minio.messages.ListBucketResultV2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lists records in the order of their keys. S3 lists names, sizes and ETags only; version, expiry and tombstone are in the
 * record. So the beginning of each listed object is read, several at once, unless {@link HeaderCache} knows it by its ETag: a
 * page of 1,000 costs 1,000 small reads the first time and one listing the next. (User metadata would cost the same, as only
 * MinIO lists it, and would be a second truth.)
 *
 * <p>Names that were cut ({@link S3Names}) stand in the listing where their keys belong, but among themselves in the order of
 * their hashes. They are put in order here: a page reads all of one cut and keeps those that come next, in bounded memory.
 */
final class S3Scan {

    private static final int MOST = 1_000;
    private static final int AT_ONCE = 8;
    private static final Comparator<String> BY_BYTES =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private final S3Client client;
    private final S3Names names;
    private final HeaderCache cache;
    private final S3Scope scope;
    private final String prefix;
    private final int want;
    private final List<TierPage.Header> page = new ArrayList<>();
    private final String namespace;

    S3Scan(
            S3Client client,
            S3Names names,
            HeaderCache cache,
            S3Scope scope,
            String namespace,
            String prefix,
            int limit) {
        this.client = client;
        this.names = names;
        this.cache = cache;
        this.scope = scope;
        this.namespace = namespace;
        this.prefix = prefix;
        this.want = Math.min(MOST, limit);
    }

    /**
     * Makes the page.
     *
     * @param cursor the last key of the page before, or null
     */
    TierPage page(@Nullable String cursor) throws IOException {
        String stem = names.prefix(namespace, prefix);
        String after = null;
        if (cursor != null) {
            after = names.record(TierKey.of(namespace, cursor));
            if (names.isCut(after)) {
                String group = names.group(after);
                if (group(group, cursor)) {
                    return full();
                }
                after = end(group);
            }
        }
        while (true) {
            ListBucketResultV2 listing = client.list(scope, stem, after, want - page.size());
            List<Item> plain = new ArrayList<>();
            String group = null;
            for (Item item : listing.contents()) {
                after = item.objectName();
                if (names.isCut(after)) {
                    group = names.group(after);
                    break;
                }
                plain.add(item);
            }
            for (TierPage.Header header : headers(plain)) {
                page.add(header);
            }
            if (group != null) {
                if (page.size() < want && group(group, null)) {
                    return full();
                }
                after = end(group);
            }
            if (page.size() >= want) {
                return full();
            }
            if (group == null && !listing.isTruncated()) {
                return new TierPage(page, null);
            }
        }
    }

    private TierPage full() {
        return new TierPage(page, page.get(page.size() - 1).key().key());
    }

    /** A name behind all those of a group. */
    private static String end(String group) {
        return group + "~";
    }

    /** Adds what comes next of the keys with one cut name; true when the page is full, whether or not there is more. */
    private boolean group(String group, @Nullable String afterKey) throws IOException {
        int room = want - page.size();
        TreeMap<String, TierPage.Header> next = new TreeMap<>(BY_BYTES);
        String after = null;
        ListBucketResultV2 listing;
        do {
            listing = client.list(scope, group, after, MOST);
            for (Item item : listing.contents()) {
                after = item.objectName();
            }
            for (TierPage.Header header : headers(listing.contents())) {
                String key = header.key().key();
                if (afterKey == null || BY_BYTES.compare(key, afterKey) > 0) {
                    next.put(key, header);
                    if (next.size() > room) {
                        next.pollLastEntry();
                    }
                }
            }
        } while (listing.isTruncated());
        page.addAll(next.values());
        return page.size() >= want;
    }

    private record Pending(
            Item item, @Nullable Held known, @Nullable CompletableFuture<GetObjectResponse> asked) {}

    /** The headers of listed objects, in their order; without those that are gone, damaged or not ours. */
    private List<TierPage.Header> headers(List<? extends Item> items) throws IOException {
        List<TierPage.Header> found = new ArrayList<>(items.size());
        ArrayDeque<Pending> pending = new ArrayDeque<>();
        try {
            for (Item item : items) {
                if (pending.size() == AT_ONCE) {
                    take(pending.remove(), found);
                }
                Held known = cache.get(item.objectName());
                boolean same = known != null
                        && known.size() == item.size()
                        && known.etag().equals(String.valueOf(item.etag()).replace("\"", ""));
                pending.add(new Pending(
                        item,
                        same ? known : null,
                        same ? null : client.getAsync(item.objectName(), 0, RecordFormat.LONGEST_HEADER_BYTES, null)));
            }
            while (!pending.isEmpty()) {
                take(pending.remove(), found);
            }
        } catch (IOException | RuntimeException e) {
            pending.forEach(S3Scan::discard);
            throw e;
        }
        return found;
    }

    private void take(Pending pending, List<TierPage.Header> found) throws IOException {
        Held held = pending.known();
        if (held == null) {
            Fetched head = read(pending);
            if (head == null) {
                return;
            }
            held = S3Records.header(head);
            if (held.header() != null) {
                cache.put(pending.item().objectName(), held);
            }
        }
        TierPage.Header header = held.header();
        if (header != null
                && header.key().namespace().equals(namespace)
                && header.key().key().startsWith(prefix)
                && names.record(header.key()).equals(pending.item().objectName())) {
            found.add(header);
        }
    }

    private @Nullable Fetched read(Pending pending) throws IOException {
        CompletableFuture<GetObjectResponse> asked = pending.asked();
        try {
            if (asked != null) {
                return S3Client.drain(scope.await(asked), RecordFormat.LONGEST_HEADER_BYTES);
            }
        } catch (IOException e) {
            S3Error error = S3Error.of(e);
            if (error.isMissing()) {
                return null; // removed since it was listed
            }
            if (scope.isOver() || !error.isPassing() && !error.isBroken() && error.status() != 416) {
                throw error;
            }
        }
        return client.get(scope, pending.item().objectName(), RecordFormat.LONGEST_HEADER_BYTES);
    }

    private static void discard(Pending pending) {
        CompletableFuture<GetObjectResponse> asked = pending.asked();
        if (asked != null) {
            var unused = asked.thenAccept(response -> {
                try {
                    response.close();
                } catch (IOException e) {
                    // the connection is of no more use, and nobody wanted the answer
                }
            });
        }
    }
}
