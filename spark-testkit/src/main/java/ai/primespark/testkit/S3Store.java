package ai.primespark.testkit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The server's buckets, objects and unfinished uploads, in memory. Guarded by its own monitor. */
final class S3Store {

    final Map<String, NavigableMap<String, Stored>> buckets = new HashMap<>();
    final Map<String, Upload> uploads = new TreeMap<>();
    private long lastUpload;

    /** An object. */
    record Stored(byte[] body, String etag, Instant at, Map<String, String> headers) {}

    /** A part of an upload. */
    record Piece(byte[] body, String etag) {}

    /** An unfinished upload. */
    static final class Upload {
        final String id;
        final String bucket;
        final String object;
        final Map<String, String> headers;
        final TreeMap<Integer, Piece> parts = new TreeMap<>();
        Instant initiated = Instant.now();

        Upload(String id, String bucket, String object, Map<String, String> headers) {
            this.id = id;
            this.bucket = bucket;
            this.object = object;
            this.headers = headers;
        }
    }

    /** Names in the order of their bytes, as S3 lists them. */
    static NavigableMap<String, Stored> newBucket() {
        return new TreeMap<>((a, b) ->
                Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
    }

    @Nullable
    Stored find(String bucket, String object) {
        NavigableMap<String, Stored> objects = buckets.get(bucket);
        return objects == null ? null : objects.get(object);
    }

    Upload begin(String bucket, String object, Map<String, String> headers) {
        Upload upload = new Upload("upload-" + ++lastUpload, bucket, object, headers);
        uploads.put(upload.id, upload);
        return upload;
    }

    static String md5(byte[] body) {
        return HexFormat.of().formatHex(digest("MD5", body));
    }

    static byte[] digest(String algorithm, byte[] body) {
        try {
            return MessageDigest.getInstance(algorithm).digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
