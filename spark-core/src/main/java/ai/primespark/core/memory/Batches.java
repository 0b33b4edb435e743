package ai.primespark.core.memory;

import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import java.util.ArrayList;
import java.util.List;

/** Cuts a page of a listing into batches whose bodies may be in memory at once. */
final class Batches {

    static final long MOST_BYTES = 4L << 20;

    private Batches() {}

    /** In order; each of at most so many records and {@link #MOST_BYTES}, or of a single larger record. */
    static List<List<TierPage.Header>> of(List<TierPage.Header> headers, UpkeepTier tier) {
        int most = Math.max(1, tier.link.tier.limits().preferredBatch());
        List<List<TierPage.Header>> batches = new ArrayList<>();
        List<TierPage.Header> batch = new ArrayList<>();
        long bytes = 0;
        for (TierPage.Header header : headers) {
            if (!batch.isEmpty() && (batch.size() >= most || bytes + header.bodyBytes() > MOST_BYTES)) {
                batches.add(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(header);
            bytes += header.bodyBytes();
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }

    static List<TierKey> keys(List<TierPage.Header> headers) {
        return headers.stream().map(TierPage.Header::key).toList();
    }
}
