package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class S3FaultServerTest {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private S3FaultServer server;

    @BeforeEach
    void start() throws IOException {
        server = S3FaultServer.start();
        server.createBucket("box");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpRequest request(String method, String path, String body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(server.uri() + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            builder.headers(headers);
        }
        return builder.build();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        return client.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    private static String etag(HttpResponse<String> response) {
        return response.headers().firstValue("ETag").orElseThrow();
    }

    @Test
    void objectsAreStoredReadInPartsAndRemoved() throws Exception {
        assertThat(send("GET", "/box/a", "").statusCode()).isEqualTo(404);
        HttpResponse<String> put = send("PUT", "/box/a%20b/c%2Bd", "0123456789");
        assertThat(etag(put)).isEqualTo("\"781e5e245d69b566979b86e28d23f2c7\"");
        assertThat(server.objects("box")).containsExactly("a b/c+d");
        assertThat(send("GET", "/box/a%20b/c%2Bd", "").body()).isEqualTo("0123456789");
        HttpResponse<String> range = send("GET", "/box/a%20b/c%2Bd", "", "Range", "bytes=3-5");
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.body()).isEqualTo("345");
        assertThat(range.headers().firstValue("Content-Range")).contains("bytes 3-5/10");
        assertThat(send("GET", "/box/a%20b/c%2Bd", "", "Range", "bytes=-2").body())
                .isEqualTo("89");
        assertThat(send("GET", "/box/a%20b/c%2Bd", "", "Range", "bytes=10-").statusCode())
                .isEqualTo(416);
        HttpResponse<String> head = send("HEAD", "/box/a%20b/c%2Bd", "");
        assertThat(head.headers().firstValue("Content-Length")).contains("10");
        assertThat(send("DELETE", "/box/a%20b/c%2Bd", "").statusCode()).isEqualTo(204);
        assertThat(server.objects("box")).isEmpty();
        assertThat(send("GET", "/other/a", "").body()).contains("NoSuchBucket");
    }

    @Test
    void conditionsAreHonouredUntilTheyAreTurnedOff() throws Exception {
        assertThat(send("PUT", "/box/a", "1", "If-Match", "\"x\"").statusCode()).isEqualTo(404);
        HttpResponse<String> first = send("PUT", "/box/a", "1", "If-None-Match", "*");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(send("PUT", "/box/a", "2", "If-None-Match", "*").statusCode())
                .isEqualTo(412);
        assertThat(send("PUT", "/box/a", "2", "If-Match", "\"x\"").statusCode()).isEqualTo(412);
        assertThat(send("PUT", "/box/a", "2", "If-Match", etag(first)).statusCode())
                .isEqualTo(200);
        assertThat(send("GET", "/box/a", "", "If-Match", etag(first)).statusCode())
                .isEqualTo(412);
        server.honourConditions(false);
        assertThat(send("PUT", "/box/a", "3", "If-None-Match", "*").statusCode())
                .isEqualTo(200);
        server.honourConditionalDeletes(true);
        assertThat(send("DELETE", "/box/a", "", "If-Match", "\"x\"").statusCode())
                .isEqualTo(412);
        server.honourConditionalDeletes(false);
        assertThat(send("DELETE", "/box/a", "", "If-Match", "\"x\"").statusCode())
                .isEqualTo(204);
    }

    @Test
    void listingsComeInPagesInTheOrderOfBytes() throws Exception {
        for (String name : new String[] {"p/b", "p/a", "p/B", "p/é", "q"}) {
            server.put("box", name, new byte[] {1, 2, 3});
        }
        HttpResponse<String> first = send("GET", "/box?list-type=2&prefix=p/&max-keys=2", "");
        assertThat(first.body())
                .containsSubsequence("<IsTruncated>true", "<Key>p/B</Key>", "<Size>3</Size>", "<Key>p/a</Key>")
                .doesNotContain("p/b");
        Matcher token = Pattern.compile("<NextContinuationToken>(.*?)</").matcher(first.body());
        assertThat(token.find()).isTrue();
        assertThat(send("GET", "/box?list-type=2&prefix=p/&continuation-token=" + token.group(1), "")
                        .body())
                .containsSubsequence("<IsTruncated>false", "<Key>p/b</Key>", "<Key>p/é</Key>")
                .doesNotContain("<Key>q");
        assertThat(send("GET", "/box?list-type=2&start-after=p/b&encoding-type=url", "")
                        .body())
                .containsSubsequence("<Key>p/%C3%A9</Key>", "<Key>q</Key>");
        server.pageSize(1);
        assertThat(send("GET", "/box?list-type=2", "").body()).contains("<KeyCount>1</KeyCount>");
        send("POST", "/box?delete", "<Delete><Object><Key>q</Key></Object><Object><Key>p/a</Key></Object></Delete>");
        assertThat(server.objects("box")).containsExactly("p/B", "p/b", "p/é");
    }

    @Test
    void uploadsInPartsAreListedCompletedAndAborted() throws Exception {
        Matcher id = Pattern.compile("<UploadId>(.*?)</")
                .matcher(send("POST", "/box/big?uploads", "").body());
        assertThat(id.find()).isTrue();
        String upload = "/box/big?uploadId=" + id.group(1);
        String one = etag(send("PUT", upload + "&partNumber=1", "one-"));
        String two = etag(send("PUT", upload + "&partNumber=2", "two"));
        assertThat(send("GET", upload, "").body())
                .contains("<PartNumber>2</PartNumber>")
                .contains("<Size>4</Size>");
        assertThat(send("GET", "/box?uploads&prefix=b", "").body()).contains("<Key>big</Key>");
        assertThat(send("GET", "/box?uploads&prefix=c", "").body()).doesNotContain("<Key>");
        assertThat(server.uploads().values()).containsExactly(2);
        String list = "<Part><PartNumber>1</PartNumber><ETag>" + one + "</ETag></Part>";
        assertThat(send("POST", upload, "<C>" + list + "<Part><PartNumber>2</PartNumber><ETag>x</ETag></Part></C>")
                        .body())
                .contains("InvalidPart");
        assertThat(send(
                                "POST",
                                upload,
                                "<C>" + list + "<Part><PartNumber>2</PartNumber><ETag>" + two + "</ETag></Part></C>")
                        .body())
                .contains("-2&quot;</ETag>");
        assertThat(send("GET", "/box/big", "").body()).isEqualTo("one-two");
        assertThat(send("GET", upload, "").body()).contains("NoSuchUpload");
        Matcher other = Pattern.compile("<UploadId>(.*?)</")
                .matcher(send("POST", "/box/big?uploads", "").body());
        assertThat(other.find()).isTrue();
        server.ageUploads(Instant.EPOCH);
        assertThat(send("GET", "/box?uploads", "").body()).contains("1970-01-01");
        assertThat(send("DELETE", "/box/big?uploadId=" + other.group(1), "").statusCode())
                .isEqualTo(204);
        assertThat(server.uploads()).isEmpty();
    }

    @Test
    void accessKeysAndChecksumsAreChecked() throws Exception {
        String wrong = "0".repeat(64);
        assertThat(send("PUT", "/box/a", "1", "x-amz-content-sha256", wrong).body())
                .contains("XAmzContentSHA256Mismatch");
        assertThat(send("PUT", "/box/a", "1", "Content-MD5", "AAAA").body()).contains("BadDigest");
        server.requireAccessKey("me");
        assertThat(send("GET", "/box/a", "").body()).contains("AccessDenied");
        assertThat(send("GET", "/box/a", "", "Authorization", "AWS4-HMAC-SHA256 Credential=you/x")
                        .body())
                .contains("InvalidAccessKeyId");
        assertThat(send("GET", "/box/a", "", "Authorization", "AWS4-HMAC-SHA256 Credential=me/x")
                        .body())
                .contains("NoSuchKey");
    }

    @Test
    void errorsComeAsOftenAsAskedForAfterAsManyAsArePassed() throws Exception {
        server.put("box", "a", new byte[] {1});
        server.injectAfter(
                S3Operation.GET_OBJECT, 1, 2, S3Fault.error(503, "SlowDown").header("Retry-After", "7"));
        assertThat(send("GET", "/box/a", "").statusCode()).isEqualTo(200);
        HttpResponse<String> slow = send("GET", "/box/a", "");
        assertThat(slow.statusCode()).isEqualTo(503);
        assertThat(slow.body()).contains("<Code>SlowDown</Code>");
        assertThat(slow.headers().firstValue("Retry-After")).contains("7");
        assertThat(send("HEAD", "/box/a", "").statusCode()).as("another kind").isEqualTo(200);
        assertThat(send("GET", "/box/a", "").statusCode()).isEqualTo(503);
        assertThat(send("GET", "/box/a", "").statusCode()).isEqualTo(200);
        assertThat(server.requests(S3Operation.GET_OBJECT)).isEqualTo(4);
        assertThat(server.requests()).isEqualTo(5);
        assertThat(server.bytesSent(S3Operation.GET_OBJECT)).isGreaterThan(2);
        server.resetCounts();
        assertThat(server.requests()).isZero();
    }

    @Test
    void connectionsBreakBeforeInTheMiddleAndAfter() throws Exception {
        server.inject(S3Operation.PUT_OBJECT, 1, S3Fault.resetBefore());
        assertThatThrownBy(() -> send("PUT", "/box/a", "1")).isInstanceOf(IOException.class);
        assertThat(server.objects("box")).isEmpty();
        server.inject(S3Operation.PUT_OBJECT, 1, S3Fault.cutRequest(2));
        assertThatThrownBy(() -> send("PUT", "/box/a", "12345")).isInstanceOf(IOException.class);
        assertThat(server.objects("box")).isEmpty();
        server.inject(S3Operation.PUT_OBJECT, 1, S3Fault.resetAfter());
        assertThatThrownBy(() -> send("PUT", "/box/a", "12345")).isInstanceOf(IOException.class);
        assertThat(server.content("box", "a")).isEqualTo("12345".getBytes(StandardCharsets.UTF_8));
        server.inject(S3Operation.GET_OBJECT, 1, S3Fault.cutBody(3));
        assertThatThrownBy(() -> send("GET", "/box/a", "")).isInstanceOf(IOException.class);
        server.inject(S3Operation.GET_OBJECT, 1, S3Fault.slowBody(2, Duration.ofMillis(1)));
        assertThat(send("GET", "/box/a", "").body()).isEqualTo("12345");
    }

    @Test
    void aBlackHoleNeverAnswersAndEndsWhenHealed() throws Exception {
        server.inject(null, Integer.MAX_VALUE, S3Fault.blackHole());
        CompletableFuture<HttpResponse<String>> asked =
                client.sendAsync(request("PUT", "/box/a", "1"), HttpResponse.BodyHandlers.ofString());
        await().until(() -> server.requests(S3Operation.PUT_OBJECT) == 1);
        assertThat(asked).isNotDone();
        server.heal();
        await().until(asked::isCompletedExceptionally);
        assertThat(server.objects("box")).isEmpty();
        assertThat(send("PUT", "/box/a", "1").statusCode()).isEqualTo(200);
    }

    @Test
    void corruptionLeavesSizeAndETagAsTheyWere() throws Exception {
        String etag = etag(send("PUT", "/box/a", "12345", "x-amz-meta-note", "kept"));
        server.corrupt("box", "a", 2);
        HttpResponse<String> damaged = send("GET", "/box/a", "");
        assertThat(damaged.body()).hasSize(5).isNotEqualTo("12345");
        assertThat(etag(damaged)).isEqualTo(etag);
        assertThat(server.headers("box", "a")).containsEntry("X-Amz-Meta-Note", "kept");
        server.dropBucket("box");
        assertThat(server.content("box", "a")).isNull();
    }
}
