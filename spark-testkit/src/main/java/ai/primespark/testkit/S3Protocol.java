package ai.primespark.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.primespark.testkit.S3Store.Stored;
import java.net.URLEncoder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** S3 as far as this project speaks it, over an {@link S3Store}. Thread-safe: one request at a time. */
final class S3Protocol {

    static final int MOST_KEYS = 1_000;
    private static final Pattern KEY = Pattern.compile("<Key>(.*?)</Key>", Pattern.DOTALL);
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    final S3Store store = new S3Store();
    private final S3Uploads uploads = new S3Uploads(this);
    volatile boolean conditionalWrites = true;
    volatile boolean conditionalDeletes;
    volatile int mostKeys = MOST_KEYS;
    volatile @Nullable String accessKey;

    static String httpDate(Instant instant) {
        return HTTP_DATE.format(instant.atOffset(ZoneOffset.UTC));
    }

    S3Answer answer(S3Request request, byte[] body) {
        S3Answer refusal = refuse(request, body);
        if (refusal != null) {
            return refusal;
        }
        synchronized (store) {
            NavigableMap<String, Stored> objects = store.buckets.get(request.bucket());
            if (request.operation() == S3Operation.CREATE_BUCKET) {
                boolean made = store.buckets.putIfAbsent(request.bucket(), S3Store.newBucket()) == null;
                return made ? S3Answer.empty(200) : error(request, 409, "BucketAlreadyOwnedByYou");
            }
            if (objects == null) {
                return error(request, 404, "NoSuchBucket");
            }
            return switch (request.operation()) {
                case HEAD_BUCKET -> S3Answer.empty(200).header("x-amz-bucket-region", "us-east-1");
                case LIST_OBJECTS -> list(request, objects);
                case DELETE_OBJECTS -> deleteMany(body, objects);
                case HEAD_OBJECT, GET_OBJECT -> get(request, objects);
                case PUT_OBJECT -> put(request, objects, body);
                case DELETE_OBJECT -> delete(request, objects);
                case CREATE_UPLOAD -> uploads.create(request, kept(request));
                case LIST_UPLOADS -> uploads.list(request);
                case UPLOAD_PART, LIST_PARTS, COMPLETE_UPLOAD, ABORT_UPLOAD -> uploads.answer(request, objects, body);
                default -> error(request, 501, "NotImplemented");
            };
        }
    }

    private @Nullable S3Answer refuse(S3Request request, byte[] body) {
        String key = accessKey;
        if (key != null) {
            String authorization = request.header("Authorization");
            if (authorization == null) {
                return error(request, 403, "AccessDenied");
            }
            if (!authorization.contains("Credential=" + key + "/")) {
                return error(request, 403, "InvalidAccessKeyId");
            }
        }
        String sha256 = request.header("x-amz-content-sha256");
        if (sha256 != null
                && sha256.length() == 64
                && !sha256.equals(HexFormat.of().formatHex(S3Store.digest("SHA-256", body)))) {
            return error(request, 400, "XAmzContentSHA256Mismatch");
        }
        String md5 = request.header("Content-MD5");
        if (md5 != null && !md5.equals(Base64.getEncoder().encodeToString(S3Store.digest("MD5", body)))) {
            return error(request, 400, "BadDigest");
        }
        return null;
    }

    static S3Answer error(S3Request request, int status, String code) {
        return S3Answer.error(status, code, "/" + request.bucket() + "/" + request.object());
    }

    private static S3Answer get(S3Request request, NavigableMap<String, Stored> objects) {
        Stored stored = objects.get(request.object());
        if (stored == null) {
            return error(request, 404, "NoSuchKey");
        }
        String match = request.header("If-Match");
        if (match != null && !unquoted(match).equals(stored.etag())) {
            return error(request, 412, "PreconditionFailed");
        }
        int size = stored.body().length;
        int from = 0;
        int to = size - 1;
        String range = request.header("Range");
        Matcher parts = range == null ? null : RANGE.matcher(range);
        if (parts != null && parts.matches()) {
            if (parts.group(1).isEmpty()) {
                from = Math.max(0, size - Integer.parseInt(parts.group(2)));
            } else {
                long first = Long.parseLong(parts.group(1));
                if (first >= size) {
                    return error(request, 416, "InvalidRange").header("Content-Range", "bytes */" + size);
                }
                from = (int) first;
                to = parts.group(2).isEmpty() ? to : (int) Math.min(to, Long.parseLong(parts.group(2)));
            }
        }
        S3Answer answer = S3Answer.bytes(parts == null ? 200 : 206, stored.body(), from, Math.max(0, to - from + 1));
        if (parts != null) {
            answer.header("Content-Range", "bytes " + from + "-" + to + "/" + size);
        }
        stored.headers().forEach(answer::header);
        return answer.header("ETag", '"' + stored.etag() + '"')
                .header("Last-Modified", httpDate(stored.at()))
                .header("Accept-Ranges", "bytes");
    }

    private S3Answer put(S3Request request, NavigableMap<String, Stored> objects, byte[] body) {
        S3Answer refusal = condition(request, objects);
        if (refusal != null) {
            return refusal;
        }
        String etag = S3Store.md5(body);
        objects.put(request.object(), new Stored(body, etag, Instant.now(), kept(request)));
        return S3Answer.empty(200).header("ETag", '"' + etag + '"');
    }

    @Nullable
    S3Answer condition(S3Request request, NavigableMap<String, Stored> objects) {
        if (!conditionalWrites) {
            return null;
        }
        Stored held = objects.get(request.object());
        if ("*".equals(request.header("If-None-Match")) && held != null) {
            return error(request, 412, "PreconditionFailed");
        }
        String match = request.header("If-Match");
        if (match != null && held == null) {
            return error(request, 404, "NoSuchKey");
        }
        boolean other = match != null && held != null && !unquoted(match).equals(held.etag());
        return other ? error(request, 412, "PreconditionFailed") : null;
    }

    private static Map<String, String> kept(S3Request request) {
        Map<String, String> kept = new HashMap<>();
        request.headers().forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("content-type")
                    || lower.startsWith("x-amz-meta-")
                    || lower.startsWith("x-amz-server-side-encryption")
                    || lower.equals("x-amz-storage-class")) {
                kept.put(name, value);
            }
        });
        return kept;
    }

    private S3Answer delete(S3Request request, NavigableMap<String, Stored> objects) {
        String match = request.header("If-Match");
        Stored held = objects.get(request.object());
        if (conditionalDeletes && match != null) {
            if (held == null) {
                return error(request, 404, "NoSuchKey");
            }
            if (!unquoted(match).equals(held.etag())) {
                return error(request, 412, "PreconditionFailed");
            }
        }
        objects.remove(request.object());
        return S3Answer.empty(204);
    }

    private static S3Answer deleteMany(byte[] body, NavigableMap<String, Stored> objects) {
        StringBuilder xml = new StringBuilder("<DeleteResult>");
        Matcher keys = KEY.matcher(new String(body, UTF_8));
        while (keys.find()) {
            String key = keys.group(1)
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&apos;", "'")
                    .replace("&amp;", "&");
            objects.remove(key);
            xml.append("<Deleted><Key>").append(S3Answer.escape(key)).append("</Key></Deleted>");
        }
        return S3Answer.xml(200, xml.append("</DeleteResult>").toString());
    }

    private S3Answer list(S3Request request, NavigableMap<String, Stored> objects) {
        String prefix = request.query().getOrDefault("prefix", "");
        String after = request.query().getOrDefault("start-after", "");
        String token = request.query().get("continuation-token");
        if (token != null) {
            after = new String(Base64.getUrlDecoder().decode(token), UTF_8);
        }
        int limit = request.number("max-keys", mostKeys, mostKeys);
        StringBuilder xml = new StringBuilder();
        String last = null;
        int count = 0;
        boolean truncated = false;
        boolean inclusive = after.compareTo(prefix) < 0;
        for (Map.Entry<String, Stored> entry :
                objects.tailMap(inclusive ? prefix : after, inclusive).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            if (count == limit) {
                truncated = true;
                break;
            }
            count++;
            last = entry.getKey();
            xml.append("<Contents><Key>")
                    .append(encoded(request, last))
                    .append("</Key><LastModified>")
                    .append(entry.getValue().at().truncatedTo(ChronoUnit.MILLIS))
                    .append("</LastModified><ETag>&quot;")
                    .append(entry.getValue().etag())
                    .append("&quot;</ETag><Size>")
                    .append(entry.getValue().body().length)
                    .append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
        }
        String next = !truncated || last == null
                ? ""
                : "<NextContinuationToken>" + Base64.getUrlEncoder().encodeToString(last.getBytes(UTF_8))
                        + "</NextContinuationToken>";
        return S3Answer.xml(
                200,
                "<ListBucketResult><Name>" + request.bucket() + "</Name><Prefix>" + encoded(request, prefix)
                        + "</Prefix><KeyCount>" + count + "</KeyCount><MaxKeys>" + limit + "</MaxKeys>"
                        + (request.query().containsKey("encoding-type") ? "<EncodingType>url</EncodingType>" : "")
                        + "<IsTruncated>" + truncated + "</IsTruncated>" + next + xml + "</ListBucketResult>");
    }

    static String encoded(S3Request request, String name) {
        return request.query().containsKey("encoding-type")
                ? URLEncoder.encode(name, UTF_8).replace("%2F", "/")
                : S3Answer.escape(name);
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
