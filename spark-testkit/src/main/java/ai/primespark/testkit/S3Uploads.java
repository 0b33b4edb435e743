package ai.primespark.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.primespark.testkit.S3Store.Piece;
import ai.primespark.testkit.S3Store.Stored;
import ai.primespark.testkit.S3Store.Upload;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Uploads in parts, for {@link S3Protocol}, which holds the store's monitor meanwhile. */
final class S3Uploads {

    private static final String OWNERS = "<Initiator><ID>test</ID><DisplayName>test</DisplayName></Initiator>"
            + "<Owner><ID>test</ID><DisplayName>test</DisplayName></Owner><StorageClass>STANDARD</StorageClass>";
    private static final Pattern PART = Pattern.compile("<Part\\b.*?</Part>", Pattern.DOTALL);
    private static final Pattern NUMBER = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
    private static final Pattern ETAG = Pattern.compile("<ETag>(?:&quot;|&#34;|\")?([^<&\"]*)");

    private final S3Protocol protocol;

    S3Uploads(S3Protocol protocol) {
        this.protocol = protocol;
    }

    S3Answer create(S3Request request, Map<String, String> headers) {
        Upload upload = protocol.store.begin(request.bucket(), request.object(), headers);
        return S3Answer.xml(
                200,
                "<InitiateMultipartUploadResult><Bucket>" + upload.bucket + "</Bucket><Key>"
                        + S3Answer.escape(upload.object) + "</Key><UploadId>" + upload.id
                        + "</UploadId></InitiateMultipartUploadResult>");
    }

    S3Answer list(S3Request request) {
        String prefix = request.query().getOrDefault("prefix", "");
        String marker = request.query().getOrDefault("upload-id-marker", "");
        int limit = request.number("max-uploads", protocol.mostKeys, protocol.mostKeys);
        List<Upload> found = new ArrayList<>();
        for (Upload upload : protocol.store.uploads.values()) { // by id, so that one marker is enough
            if (upload.bucket.equals(request.bucket())
                    && upload.object.startsWith(prefix)
                    && upload.id.compareTo(marker) > 0) {
                found.add(upload);
            }
        }
        boolean truncated = found.size() > limit;
        StringBuilder xml = new StringBuilder();
        String next = "";
        for (Upload upload : found.subList(0, Math.min(limit, found.size()))) {
            next = "<NextKeyMarker>" + S3Protocol.encoded(request, upload.object)
                    + "</NextKeyMarker><NextUploadIdMarker>" + upload.id + "</NextUploadIdMarker>";
            xml.append("<Upload><Key>")
                    .append(S3Protocol.encoded(request, upload.object))
                    .append("</Key><UploadId>")
                    .append(upload.id)
                    .append("</UploadId>")
                    .append(OWNERS)
                    .append("<Initiated>")
                    .append(upload.initiated.truncatedTo(ChronoUnit.MILLIS))
                    .append("</Initiated></Upload>");
        }
        return S3Answer.xml(
                200,
                "<ListMultipartUploadsResult><Bucket>" + request.bucket() + "</Bucket><MaxUploads>" + limit
                        + "</MaxUploads>"
                        + (request.query().containsKey("encoding-type") ? "<EncodingType>url</EncodingType>" : "")
                        + "<IsTruncated>" + truncated + "</IsTruncated>" + (truncated ? next : "") + xml
                        + "</ListMultipartUploadsResult>");
    }

    S3Answer answer(S3Request request, NavigableMap<String, Stored> objects, byte[] body) {
        Upload upload = protocol.store.uploads.get(request.query().getOrDefault("uploadId", ""));
        if (upload == null || !upload.object.equals(request.object()) || !upload.bucket.equals(request.bucket())) {
            return S3Protocol.error(request, 404, "NoSuchUpload");
        }
        return switch (request.operation()) {
            case UPLOAD_PART -> {
                String etag = S3Store.md5(body);
                upload.parts.put(request.number("partNumber", 1, 10_000), new Piece(body, etag));
                yield S3Answer.empty(200).header("ETag", '"' + etag + '"');
            }
            case LIST_PARTS -> parts(request, upload);
            case ABORT_UPLOAD -> {
                protocol.store.uploads.remove(upload.id);
                yield S3Answer.empty(204);
            }
            default -> complete(request, objects, upload, new String(body, UTF_8));
        };
    }

    private S3Answer parts(S3Request request, Upload upload) {
        int marker = request.number("part-number-marker", 0, 10_000);
        int limit = request.number("max-parts", protocol.mostKeys, protocol.mostKeys);
        StringBuilder xml = new StringBuilder();
        int count = 0;
        int last = 0;
        boolean truncated = false;
        for (Map.Entry<Integer, Piece> part :
                upload.parts.tailMap(marker, false).entrySet()) {
            if (count++ == limit) {
                truncated = true;
                break;
            }
            last = part.getKey();
            xml.append("<Part><PartNumber>")
                    .append(last)
                    .append("</PartNumber><LastModified>")
                    .append(upload.initiated.truncatedTo(ChronoUnit.MILLIS))
                    .append("</LastModified><ETag>&quot;")
                    .append(part.getValue().etag())
                    .append("&quot;</ETag><Size>")
                    .append(part.getValue().body().length)
                    .append("</Size></Part>");
        }
        return S3Answer.xml(
                200,
                "<ListPartsResult><Bucket>" + upload.bucket + "</Bucket><Key>" + S3Answer.escape(upload.object)
                        + "</Key><UploadId>" + upload.id + "</UploadId><PartNumberMarker>" + marker
                        + "</PartNumberMarker><NextPartNumberMarker>" + last + "</NextPartNumberMarker><MaxParts>"
                        + limit + "</MaxParts>" + OWNERS + "<IsTruncated>" + truncated + "</IsTruncated>" + xml
                        + "</ListPartsResult>");
    }

    private S3Answer complete(S3Request request, NavigableMap<String, Stored> objects, Upload upload, String xml) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        ByteArrayOutputStream sums = new ByteArrayOutputStream();
        int count = 0;
        Matcher parts = PART.matcher(xml);
        while (parts.find()) {
            Matcher number = NUMBER.matcher(parts.group());
            Matcher etag = ETAG.matcher(parts.group());
            Piece piece = number.find() ? upload.parts.get(Integer.parseInt(number.group(1))) : null;
            if (piece == null || !etag.find() || !etag.group(1).equals(piece.etag())) {
                return S3Protocol.error(request, 400, "InvalidPart");
            }
            whole.writeBytes(piece.body());
            sums.writeBytes(HexFormat.of().parseHex(piece.etag()));
            count++;
        }
        if (count == 0) {
            return S3Protocol.error(request, 400, "MalformedXML");
        }
        S3Answer refusal = protocol.condition(request, objects);
        if (refusal != null) {
            return refusal;
        }
        String etag = S3Store.md5(sums.toByteArray()) + "-" + count;
        objects.put(upload.object, new Stored(whole.toByteArray(), etag, Instant.now(), upload.headers));
        protocol.store.uploads.remove(upload.id);
        return S3Answer.xml(
                200,
                "<CompleteMultipartUploadResult><Location>/</Location><Bucket>" + upload.bucket + "</Bucket><Key>"
                        + S3Answer.escape(upload.object) + "</Key><ETag>&quot;" + etag
                        + "&quot;</ETag></CompleteMultipartUploadResult>");
    }
}
