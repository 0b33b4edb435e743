package ai.primespark.memory.s3;

import io.minio.AbortMultipartUploadArgs;
import io.minio.BucketArgs;
import io.minio.CompleteMultipartUploadArgs;
import io.minio.CreateBucketArgs;
import io.minio.CreateMultipartUploadArgs;
import io.minio.DeleteObjectsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.Http;
import io.minio.ListMultipartUploadsArgs;
import io.minio.ListObjectsV2Args;
import io.minio.ListPartsArgs;
import io.minio.MinioAsyncClient;
import io.minio.ObjectArgs;
import io.minio.PutObjectAPIArgs;
import io.minio.RemoveObjectArgs;
import io.minio.UploadPartArgs;
import io.minio.credentials.Provider;
import io.minio.messages.DeleteRequest;
import io.minio.messages.DeleteResult;
import io.minio.messages.ListBucketResultV2;
import io.minio.messages.ListMultipartUploadsResult;
import io.minio.messages.ListPartsResult;
import io.minio.messages.Part;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * S3's requests, each made and waited for within an {@link S3Scope}. Uses the client library's lower level, where one call is
 * one request and a body is sent as it is.
 *
 * <p>Requests that change nothing, or the same when repeated, are tried again: twice when the server is overloaded or stumbles
 * (429, 500, 503), after a random pause or the one that it asks for, and once when an idle connection turns out to be dead; never
 * beyond the deadline. {@link #put} is not, because only its caller knows what a conditional write means when it may have been
 * done already. Thread-safe.
 */
final class S3Client implements AutoCloseable {

    static final int RETRIES = 2;
    static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final S3Options options;
    private final OkHttpClient http;
    private final MinioAsyncClient minio;

    S3Client(S3Options options, @Nullable Provider credentials) throws IOException {
        this.options = options;
        this.http = S3Http.open(options);
        MinioAsyncClient.Builder builder = MinioAsyncClient.builder()
                .endpoint(options.endpoint().toString())
                .region(options.region()) // given, so that the library never asks for it behind our back
                .httpClient(http);
        if (credentials != null) {
            builder.credentialsProvider(credentials);
        }
        this.minio = builder.build();
        switch (options.pathStyle()) {
            case TRUE -> minio.disableVirtualStyleEndpoint();
            case FALSE -> minio.enableVirtualStyleEndpoint();
            case AUTO -> {
                // as the library finds fit for the endpoint
            }
        }
    }

    /** What was read of an object. */
    record Fetched(byte[] bytes, String etag, long size) {}

    /** Makes a request. */
    @FunctionalInterface
    interface Request<R> {
        R make() throws IOException;
    }

    /** Makes a request that may be repeated. */
    <R> R repeat(S3Scope scope, Request<R> request) throws S3Error {
        int passing = 0;
        boolean reconnected = false;
        while (true) {
            try {
                return request.make();
            } catch (IOException e) {
                S3Error error = S3Error.of(e);
                if (scope.isOver()) {
                    throw error;
                }
                if (error.isPassing() && passing < RETRIES) {
                    scope.pause(STEP_NANOS, passing++, error);
                } else if (error.isBroken() && !reconnected) {
                    reconnected = true;
                } else {
                    throw error;
                }
            }
        }
    }

    private <R> R call(S3Scope scope, java.util.function.Supplier<CompletableFuture<R>> request) throws S3Error {
        return repeat(scope, () -> scope.await(request.get()));
    }

    /**
     * Asks for an object or a part of it. The response is to be read and closed.
     *
     * @param length 0 for the whole object
     */
    CompletableFuture<GetObjectResponse> getAsync(String object, long offset, long length, @Nullable String etag) {
        GetObjectArgs.Builder args = at(GetObjectArgs.builder(), object);
        if (length > 0) {
            args.offset(offset).length(length);
        }
        if (etag != null) {
            args.matchETag(quoted(etag));
        }
        return minio.getObject(args.build());
    }

    /** Reads a response to its end and closes it. */
    static Fetched drain(GetObjectResponse response, int most) throws IOException {
        try (response) {
            byte[] bytes = response.readNBytes(most);
            return new Fetched(bytes, etag(response), size(response, bytes.length));
        }
    }

    static String etag(GetObjectResponse response) {
        return Objects.requireNonNullElse(response.headers().get("ETag"), "").replace("\"", "");
    }

    /** The whole object's size, however little of it was asked for. */
    static long size(GetObjectResponse response, long otherwise) throws IOException {
        String range = response.headers().get("Content-Range");
        String length =
                range == null ? response.headers().get("Content-Length") : range.substring(range.lastIndexOf('/') + 1);
        try {
            return length == null ? otherwise : Long.parseLong(length);
        } catch (NumberFormatException e) {
            throw new IOException("the server sent a Content-Range or Content-Length that is no number", e);
        }
    }

    /**
     * Reads an object or its beginning.
     *
     * @param most how many bytes at most; {@link Integer#MAX_VALUE} for all
     * @return null when there is no such object
     */
    @Nullable
    Fetched get(S3Scope scope, String object, int most) throws S3Error {
        try {
            return repeat(
                    scope,
                    () -> drain(scope.await(getAsync(object, 0, most == Integer.MAX_VALUE ? 0 : most, null)), most));
        } catch (S3Error e) {
            if (e.isMissing()) {
                return null;
            }
            if (e.status() == 416 && most != Integer.MAX_VALUE) {
                return get(scope, object, Integer.MAX_VALUE); // it is empty, so that no byte of it can be asked for
            }
            throw e;
        }
    }

    /**
     * Stores an object in one request. Tries once.
     *
     * @param condition a header, {@code If-Match} or {@code If-None-Match}, or null
     * @param sha256 of the content if it is known, else null
     * @return its ETag
     */
    String put(
            S3Scope scope,
            String object,
            byte[] content,
            int length,
            Map<String, String> condition,
            byte @Nullable [] sha256)
            throws S3Error {
        Http.Headers headers = checked(content, length, sha256);
        headers.putAll(options.writeHeaders());
        headers.putAll(condition);
        return scope.await(minio.putObject(at(PutObjectAPIArgs.builder(), object)
                        .data(content, length)
                        .headers(headers)
                        .build()))
                .etag();
    }

    static Map<String, String> ifMatch(String etag) {
        return Map.of("If-Match", quoted(etag));
    }

    static Map<String, String> ifAbsent() {
        return Map.of("If-None-Match", "*");
    }

    /** Lets every kind of server check what arrives, over TLS and without: both sums are older than S3's newer checksums. */
    private static Http.Headers checked(byte[] content, int length, byte @Nullable [] sha256) {
        byte[] sum = sha256 == null ? digest("SHA-256", content, length) : sha256;
        Map<String, String> sums = new HashMap<>();
        sums.put("x-amz-content-sha256", HexFormat.of().formatHex(sum));
        sums.put("Content-MD5", Base64.getEncoder().encodeToString(digest("MD5", content, length)));
        return new Http.Headers(sums);
    }

    static byte[] digest(String algorithm, byte[] content, int length) {
        MessageDigest digest = S3Names.digest(algorithm);
        digest.update(content, 0, length);
        return digest.digest();
    }

    /**
     * Removes an object.
     *
     * @param etag only if this is the object's, as far as the server honours that; null in any case
     */
    void delete(S3Scope scope, String object, @Nullable String etag) throws S3Error {
        RemoveObjectArgs.Builder args = at(RemoveObjectArgs.builder(), object);
        if (etag != null) {
            args.extraHeaders(ifMatch(etag));
        }
        var unused = call(scope, () -> minio.removeObject(args.build()).thenApply(nothing -> true));
    }

    /** Removes up to 1,000 objects in one request. */
    void deleteAll(S3Scope scope, List<String> objects) throws IOException {
        List<DeleteRequest.Object> names =
                objects.stream().map(DeleteRequest.Object::new).toList();
        DeleteResult result = call(
                        scope,
                        () -> minio.deleteObjects(in(DeleteObjectsArgs.builder())
                                .objects(names)
                                .quiet(true)
                                .build()))
                .result();
        if (!result.errors().isEmpty()) {
            DeleteResult.Error first = result.errors().get(0);
            throw new IOException(result.errors().size() + " of " + objects.size() + " objects were not deleted, "
                    + first.objectName() + " because of " + first.code());
        }
    }

    /** One page of names, in order. */
    ListBucketResultV2 list(S3Scope scope, String prefix, @Nullable String after, int most) throws S3Error {
        ListObjectsV2Args.Builder args =
                in(ListObjectsV2Args.builder()).prefix(prefix).maxKeys(Math.min(1_000, most));
        if (after != null) {
            args.startAfter(after);
        }
        return call(scope, () -> minio.listObjectsV2(args.build())).result();
    }

    boolean createBucket(S3Scope scope) throws S3Error {
        try {
            var unused = scope.await(
                    minio.createBucket(in(CreateBucketArgs.builder()).build()));
            return true;
        } catch (S3Error e) {
            if (e.code().equals("BucketAlreadyOwnedByYou") || e.code().equals("BucketAlreadyExists")) {
                return false; // somebody else was faster; if it is not ours, the next request says so
            }
            throw e;
        }
    }

    String beginUpload(S3Scope scope, String object) throws S3Error {
        Http.Headers headers = new Http.Headers(options.writeHeaders());
        return call(
                        scope,
                        () -> minio.createMultipartUpload(at(CreateMultipartUploadArgs.builder(), object)
                                .headers(headers)
                                .build()))
                .result()
                .uploadId();
    }

    /** Stores a part. Harmless when repeated. */
    String uploadPart(S3Scope scope, String object, String uploadId, int number, byte[] content, int length)
            throws S3Error {
        Http.Headers headers = checked(content, length, null);
        return call(
                        scope,
                        () -> minio.uploadPart(at(UploadPartArgs.builder(), object)
                                .uploadId(uploadId)
                                .partNumber(number)
                                .data(content, length)
                                .headers(headers)
                                .build()))
                .part()
                .etag();
    }

    void completeUpload(S3Scope scope, String object, String uploadId, List<Part> parts) throws S3Error {
        var unused = scope.await(minio.completeMultipartUpload(at(CompleteMultipartUploadArgs.builder(), object)
                .uploadId(uploadId)
                .parts(parts.toArray(Part[]::new))
                .build()));
    }

    void abortUpload(S3Scope scope, String object, String uploadId) throws S3Error {
        try {
            var unused = call(
                    scope,
                    () -> minio.abortMultipartUpload(at(AbortMultipartUploadArgs.builder(), object)
                            .uploadId(uploadId)
                            .build()));
        } catch (S3Error e) {
            if (e.status() != 404) {
                throw e; // otherwise it is gone already
            }
        }
    }

    ListMultipartUploadsResult uploads(
            S3Scope scope, String prefix, @Nullable String keyMarker, @Nullable String idMarker) throws S3Error {
        ListMultipartUploadsArgs.Builder args =
                in(ListMultipartUploadsArgs.builder()).prefix(prefix).maxUploads(1_000);
        if (keyMarker != null) {
            args.keyMarker(keyMarker);
        }
        if (idMarker != null) {
            args.uploadIdMarker(idMarker);
        }
        return call(scope, () -> minio.listMultipartUploads(args.build())).result();
    }

    ListPartsResult parts(S3Scope scope, String object, String uploadId, int marker) throws S3Error {
        ListPartsArgs.Builder args =
                at(ListPartsArgs.builder(), object).uploadId(uploadId).maxParts(1_000);
        if (marker > 0) {
            args.partNumberMarker(marker);
        }
        return call(scope, () -> minio.listParts(args.build())).result();
    }

    private <B extends BucketArgs.Builder<B, ?>> B in(B args) {
        return args.bucket(options.bucket());
    }

    private <B extends ObjectArgs.Builder<B, ?>> B at(B args, String object) {
        return args.bucket(options.bucket()).object(object);
    }

    private static String quoted(String etag) {
        return '"' + etag + '"';
    }

    @Override
    public void close() {
        S3Http.close(http);
    }
}
