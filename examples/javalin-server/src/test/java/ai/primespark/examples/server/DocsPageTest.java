package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocsPageTest {

    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

    @TempDir
    Path directory;

    @Test
    void thePageLoadsOnlyWhatThisServerHasAndRunsNothingInline() {
        try (FramedServer server = FramedServer.open(directory, "")) {
            HttpResponse<String> page = server.get("/docs");

            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("<meta charset=\"utf-8\">").doesNotContainPattern("<script(?![^>]*src=)");
            assertThat(page.body()).doesNotContain("style=", "onload=", "http://", "https://");
            Matcher links = LINK.matcher(page.body());
            int found = 0;
            while (links.find()) {
                HttpResponse<String> part = server.get(links.group(1));
                assertThat(part.statusCode()).as(links.group(1)).isEqualTo(200);
                assertThat(part.body()).as(links.group(1)).isNotEmpty();
                found++;
            }
            assertThat(found).isEqualTo(4);
            assertThat(server.get("/docs/start.js").body()).contains("\"/openapi.json\"");
            assertThat(server.get("/docs/swagger-ui-bundle.js").headers().firstValue("Content-Type"))
                    .hasValue("text/javascript; charset=utf-8");
        }
    }

    @Test
    void onlyThePagesOwnFilesAreServed() throws Exception {
        try (FramedServer server = FramedServer.open(directory, "")) {
            for (String path :
                    new String[] {"/docs/index.html", "/docs/%2e%2e/prime-spark-server.conf", "/docs/..%2flogback.xml"
                    }) {
                String answer = server.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                assertThat(answer).as(path).matches("(?s)HTTP/1.1 40[04] .*");
            }
        }
    }
}
