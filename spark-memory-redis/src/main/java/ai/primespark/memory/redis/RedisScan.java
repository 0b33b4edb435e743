package ai.primespark.memory.redis;

import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists records by SCAN, node after node, and reads the heads of their values only.
 *
 * <p>SCAN gives as many keys as it likes. Those beyond a page's limit travel in the page's cursor: asking SCAN once more for the
 * same place would not give the same keys when others have come or gone. A cursor is one line for the node, one for SCAN's own
 * cursor and one for each such key, which works because keys have no control characters.
 *
 * <p>SCAN lists whatever was there throughout; it may list a key twice while the server's table grows or shrinks. Within a page
 * keys are single.
 */
final class RedisScan {

    private static final Logger LOG = LoggerFactory.getLogger(RedisScan.class);
    private static final int COUNT = 500;
    private static final int MOST_STEPS =
            200; // a page ends after so many keys looked at, times COUNT, even if it is empty
    private static final String START = "0";

    private final RedisKeys keys;

    RedisScan(RedisKeys keys) {
        this.keys = keys;
    }

    CompletableFuture<TierPage> page(
            Session session, String namespace, String prefix, @Nullable String cursor, int limit) {
        TierKey.checkNamespace(namespace);
        return new Walk(session, namespace, prefix, limit, cursor).step();
    }

    /** The making of one page. Its steps follow one after the other. */
    private final class Walk {

        private final Session session;
        private final String namespace;
        private final String prefix;
        private final int limit;
        private final byte[] pattern;
        private final List<String> nodes;
        private final ArrayDeque<String> waiting = new ArrayDeque<>();
        private final Map<TierKey, TierPage.Header> found = new LinkedHashMap<>();
        private int node;
        private String place = START;
        private boolean nodeDone;
        private int steps;

        Walk(Session session, String namespace, String prefix, int limit, @Nullable String cursor) {
            this.session = session;
            this.namespace = namespace;
            this.prefix = prefix;
            this.limit = limit;
            this.pattern = keys.pattern(namespace, prefix);
            this.nodes = session.nodes();
            if (cursor != null) {
                resume(cursor);
            }
        }

        private void resume(String cursor) {
            String[] lines = cursor.split("\n", -1);
            if (lines.length < 2) {
                throw new IllegalArgumentException("not a cursor of this tier");
            }
            node = nodes.indexOf(lines[0]);
            if (node < 0) {
                throw new TierException(
                        Kind.TRANSIENT, "the cluster has changed during the listing; begin it again", null);
            }
            place = lines[1];
            nodeDone = place.isEmpty();
            waiting.addAll(List.of(lines).subList(2, lines.length));
        }

        /** Fills the page from the keys that wait, asks for more of them, or ends. */
        CompletableFuture<TierPage> step() {
            if (!waiting.isEmpty() && found.size() < limit) {
                return heads().thenCompose(done -> step());
            }
            if (nodeDone && waiting.isEmpty() && node + 1 < nodes.size()) {
                node++;
                place = START;
                nodeDone = false;
            }
            boolean over = nodeDone && waiting.isEmpty();
            if (over || found.size() >= limit || steps >= MOST_STEPS) {
                return CompletableFuture.completedFuture(
                        new TierPage(List.copyOf(found.values()), over ? null : cursor()));
            }
            steps++;
            return connection()
                    .thenCompose(connection -> RedisCalls.dispatch(connection, Commands.scan(place, pattern, COUNT)))
                    .thenCompose(batch -> {
                        for (byte[] redisKey : batch.getKeys()) {
                            TierKey key = keys.parse(redisKey);
                            if (key != null
                                    && key.namespace().equals(namespace)
                                    && key.key().startsWith(prefix)) {
                                waiting.add(key.key());
                            }
                        }
                        nodeDone = batch.isFinished();
                        place = nodeDone ? "" : batch.getCursor();
                        return step();
                    });
        }

        private String cursor() {
            StringBuilder text = new StringBuilder(nodes.get(node)).append('\n').append(place);
            waiting.forEach(key -> text.append('\n').append(key));
            return text.toString();
        }

        private CompletableFuture<? extends StatefulConnection<byte[], byte[]>> connection() {
            return session.node(nodes.get(node));
        }

        /** Looks at as many records as the page has room for. */
        private CompletableFuture<Void> heads() {
            List<TierKey> batch = new ArrayList<>();
            while (!waiting.isEmpty() && batch.size() < limit - found.size() && batch.size() < COUNT) {
                TierKey key = TierKey.of(namespace, waiting.remove());
                if (!found.containsKey(key)) {
                    batch.add(key);
                }
            }
            List<AsyncCommand<byte[], byte[], byte[]>> commands = new ArrayList<>(batch.size());
            batch.forEach(key -> commands.add(Commands.head(keys.record(key), RecordFormat.LONGEST_HEADER_BYTES)));
            List<CompletableFuture<byte[]>> answers = RedisCalls.dispatch(session.side(), commands);
            List<CompletableFuture<@Nullable Void>> each = new ArrayList<>();
            List<TierPage.@Nullable Header> headers = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                int at = i;
                headers.add(null);
                each.add(answers.get(i).handle((head, failure) -> {
                    headers.set(at, header(batch.get(at), head, failure));
                    return null;
                }));
            }
            return RedisCalls.all(each)
                    .thenAccept(done -> headers.forEach(header -> {
                        if (header != null) {
                            found.put(header.key(), header);
                        }
                    }));
        }
    }

    /** The header in a value's first bytes, or null when the record has gone. One that is damaged must not hide all others. */
    private static TierPage.@Nullable Header header(TierKey key, byte @Nullable [] head, @Nullable Throwable failure) {
        try {
            if (failure != null) {
                throw RedisErrors.classify("Redis", failure);
            }
            if (head == null || head.length == 0) {
                return null;
            }
            if (head.length < RecordFormat.HEADER_BYTES) {
                throw new TierException(Kind.CORRUPT, "damaged record: not a record", null);
            }
            TierPage.Header header = RecordFormat.readHeader(head, head.length, size(head));
            if (!header.key().equals(key)) {
                throw new TierException(Kind.CORRUPT, "damaged record: another key's bytes", null);
            }
            return header;
        } catch (TierException e) {
            if (e.kind() != Kind.CORRUPT) {
                throw e;
            }
            LOG.debug("Left a key of namespace '{}' out of a listing: {}", key.namespace(), e.getMessage());
            return null;
        }
    }

    /** The record's size as its own header says it, so that the server need not be asked for it. */
    private static long size(byte[] head) {
        ByteBuffer in = ByteBuffer.wrap(head);
        return (long) RecordFormat.HEADER_BYTES
                + (head[12] & 0xFF)
                + (head[22] & 0xFF)
                + (head[23] & 0xFF)
                + (in.getShort(24) & 0xFFFF)
                + in.getInt(26)
                + 2 * RecordFormat.CHECKSUM_BYTES;
    }
}
