package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.CORRUPT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;

import ai.primespark.spi.TierException;
import io.minio.messages.ListMultipartUploadsResult;
import io.minio.messages.ListPartsResult;
import io.minio.messages.Part;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores one chunk: in one request if it fits into a part, otherwise part by part. It holds one part in memory and no more.
 *
 * <p>An upload that broke is left where it is. The next one of the same chunk, by whatever process, finds it, reads the content
 * again and sends only the parts that are not there with the same size and MD5. The server shows an object made of parts only
 * when all are there and the content's SHA-256 was right; so what can be read is whole.
 */
final class S3Upload {

    private final S3Client client;
    private final S3Scope scope;
    private final String object;
    private final String sha256;
    private final int partBytes;

    S3Upload(S3Client client, S3Scope scope, String object, String sha256, int partBytes) {
        this.client = client;
        this.scope = scope;
        this.object = object;
        this.sha256 = sha256;
        this.partBytes = partBytes;
    }

    void send(InputStream content, long length) throws IOException {
        if (length <= partBytes) {
            sendWhole(content, (int) length);
        } else {
            sendParts(content, length);
        }
    }

    private void sendWhole(InputStream content, int length) throws IOException {
        byte[] bytes = content.readNBytes(length);
        check(bytes.length == length && content.read() < 0, "has another length than was said");
        byte[] sum = S3Client.digest("SHA-256", bytes, length);
        check(HexFormat.of().formatHex(sum).equals(sha256), "does not have this SHA-256");
        String unused = client.repeat(scope, () -> client.put(scope, object, bytes, length, Map.of(), sum));
    }

    private void sendParts(InputStream content, long length) throws IOException {
        String uploadId = unfinished();
        Map<Integer, Part> there = uploadId == null ? Map.of() : parts(uploadId);
        if (uploadId == null) {
            uploadId = client.beginUpload(scope, object);
        }
        MessageDigest whole = S3Names.sha256();
        byte[] part = new byte[partBytes];
        List<Part> sent = new ArrayList<>();
        long left = length;
        for (int number = 1; left > 0; number++) {
            int size = content.readNBytes(part, 0, (int) Math.min(partBytes, left));
            if (size < Math.min(partBytes, left)) {
                throw refuse(uploadId, "is shorter than was said");
            }
            whole.update(part, 0, size);
            left -= size;
            String etag = HexFormat.of().formatHex(S3Client.digest("MD5", part, size));
            if (!isThere(there.get(number), etag, size)) {
                etag = client.uploadPart(scope, object, uploadId, number, part, size);
            }
            sent.add(new Part(number, etag));
        }
        if (content.read() >= 0) {
            throw refuse(uploadId, "is longer than was said");
        }
        if (!HexFormat.of().formatHex(whole.digest()).equals(sha256)) {
            throw refuse(uploadId, "does not have this SHA-256");
        }
        complete(uploadId, sent, length);
    }

    private void complete(String uploadId, List<Part> sent, long length) throws IOException {
        try {
            client.completeUpload(scope, object, uploadId, sent);
        } catch (S3Error e) {
            // somebody else may have completed it with the same content, or the answer got lost
            if (scope.isOver() || sizeOf(client, scope, object) != length) {
                if (e.status() == 404) {
                    throw new TierException(TRANSIENT, "somebody else has ended the upload of " + sha256, e);
                }
                throw e;
            }
        }
    }

    /** The size of an object, or -1 when there is none. Not by HEAD: its answer does not tell a missing bucket from that. */
    static long sizeOf(S3Client client, S3Scope scope, String object) throws IOException {
        S3Client.Fetched first = client.get(scope, object, 1);
        return first == null ? -1 : first.size();
    }

    /** With encryption by KMS an ETag is no MD5; then every part is sent again. */
    private static boolean isThere(@Nullable Part part, String md5, int length) {
        return part != null
                && part.partSize() == length
                && part.etag().replace("\"", "").equals(md5);
    }

    /** The newest upload of this very object that has not been completed. */
    private @Nullable String unfinished() throws IOException {
        String newest = null;
        ZonedDateTime begun = null;
        // by its full name, the only prefix for which MinIO lists uploads at all
        ListMultipartUploadsResult found;
        try {
            found = client.uploads(scope, object, null, null);
        } catch (S3Error e) {
            if (e.status() == 405 || e.status() == 501 || e.status() < 0) {
                return null; // a server that cannot list them, or not in a form that the library reads: begin anew
            }
            throw e;
        }
        for (ListMultipartUploadsResult.Upload upload : found.uploads()) {
            if (upload.objectName().equals(object)
                    && (begun == null || upload.initiated().isAfter(begun))) {
                newest = upload.uploadId();
                begun = upload.initiated();
            }
        }
        return newest;
    }

    private Map<Integer, Part> parts(String uploadId) throws IOException {
        Map<Integer, Part> parts = new HashMap<>();
        int marker = 0;
        ListPartsResult page;
        do {
            page = client.parts(scope, object, uploadId, marker);
            for (Part part : page.parts()) {
                parts.put(part.partNumber(), part);
                marker = Math.max(marker, part.partNumber());
            }
        } while (page.isTruncated() && !page.parts().isEmpty());
        return parts;
    }

    private TierException refuse(String uploadId, String why) throws IOException {
        client.abortUpload(scope, object, uploadId);
        return new TierException(CORRUPT, "the content given for " + sha256 + " " + why, null);
    }

    private void check(boolean right, String why) {
        if (!right) {
            throw new TierException(CORRUPT, "the content given for " + sha256 + " " + why, null);
        }
    }
}
