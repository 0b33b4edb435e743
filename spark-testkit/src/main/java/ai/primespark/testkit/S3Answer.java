package ai.primespark.testkit;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the server says to one request. */
final class S3Answer {

    static final byte[] EMPTY = {};

    final int status;
    final Map<String, String> headers = new LinkedHashMap<>();
    final byte[] body;
    final int from;
    final int length;

    private S3Answer(int status, byte[] body, int from, int length) {
        this.status = status;
        this.body = body;
        this.from = from;
        this.length = length;
    }

    static S3Answer empty(int status) {
        return new S3Answer(status, EMPTY, 0, 0);
    }

    static S3Answer bytes(int status, byte[] body, int from, int length) {
        return new S3Answer(status, body, from, length);
    }

    static S3Answer xml(int status, String text) {
        byte[] body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return new S3Answer(status, body, 0, body.length).header("Content-Type", "application/xml");
    }

    static S3Answer error(int status, String code, String resource) {
        return xml(
                status,
                "<Error><Code>" + code + "</Code><Message>" + code + " by the test server</Message><Resource>"
                        + escape(resource) + "</Resource><RequestId>test</RequestId></Error>");
    }

    S3Answer header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
