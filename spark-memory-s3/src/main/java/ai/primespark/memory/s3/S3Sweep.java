package ai.primespark.memory.s3;

import io.minio.messages.Item;
import io.minio.messages.ListMultipartUploadsResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what broken operations left: uploads that nobody went on with for a day, and trial objects. MinIO lists uploads by
 * their full names only, so there this finds none; but MinIO drops them itself after a day. Other servers do with a lifecycle
 * rule.
 */
final class S3Sweep {

    /** How old leftovers are when they go. */
    static final Duration AGE = Duration.ofHours(24);

    private static final Logger LOG = LoggerFactory.getLogger(S3Sweep.class);
    private static final int MOST_PAGES = 20;

    private final S3Options options;
    private final S3Client client;
    private final S3Names names;
    private final InstantSource clock;

    S3Sweep(S3Options options, S3Client client, S3Names names, InstantSource clock) {
        this.options = options;
        this.client = client;
        this.names = names;
        this.clock = clock;
    }

    void run(S3Scope scope) throws IOException {
        Instant before = clock.instant().minus(AGE);
        int aborted = abortUploads(scope, before);
        List<String> trials = new ArrayList<>();
        for (Item item : client.list(scope, names.probes(), null, 1_000).contents()) {
            if (item.lastModified().toInstant().isBefore(before)) {
                trials.add(item.objectName());
            }
        }
        if (!trials.isEmpty()) {
            client.deleteAll(scope, trials);
        }
        if (aborted + trials.size() > 0) {
            LOG.info(
                    "tier '{}' removed {} abandoned uploads and {} trial objects",
                    options.id(),
                    aborted,
                    trials.size());
        }
    }

    private int abortUploads(S3Scope scope, Instant before) throws IOException {
        int aborted = 0;
        String key = null;
        String id = null;
        for (int page = 0; page < MOST_PAGES; page++) { // the rest is for the next time
            ListMultipartUploadsResult found = client.uploads(scope, names.blobs(), key, id);
            for (ListMultipartUploadsResult.Upload upload : found.uploads()) {
                if (upload.initiated().toInstant().isBefore(before)) {
                    client.abortUpload(scope, upload.objectName(), upload.uploadId());
                    aborted++;
                }
            }
            if (!found.isTruncated()) {
                break;
            }
            key = found.nextKeyMarker();
            id = found.nextUploadIdMarker();
        }
        return aborted;
    }
}
