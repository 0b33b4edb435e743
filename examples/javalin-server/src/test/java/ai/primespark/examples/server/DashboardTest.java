package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's files and how they are served. What they do in a browser is in {@link DashboardIT}. */
class DashboardTest {

    private static final Path FILES = Path.of("src", "main", "resources", "dashboard");
    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"(/ui/[^\"]+)\"");
    private static final Pattern IMPORT = Pattern.compile("from \"(\\.{1,2}/[^\"]+)\"");

    @TempDir
    static Path directory;

    private static FramedServer server;

    @BeforeAll
    static void start() {
        server = FramedServer.closed(directory, "limits.rate = 0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void thePageAndAllItsPartsAreServedToEverybody() throws Exception {
        HttpResponse<String> page = server.get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-cache");
        assertThat(links(page.body())).hasSizeGreaterThan(6);
        for (String file : files()) {
            HttpResponse<String> part = file.equals("index.html") ? page : server.get("/" + file);
            assertThat(part.statusCode()).as(file).isEqualTo(200);
            assertThat(part.body()).as(file).isEqualTo(Files.readString(FILES.resolve(file)));
        }
    }

    @Test
    void modulesAreServedAsBrowsersWantThem() {
        HttpResponse<String> module = server.get("/ui/main.js");

        assertThat(module.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/javascript"));
        String tag = module.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = server.send(server.request("/ui/main.js").header("If-None-Match", tag));
        assertThat(again.statusCode()).isEqualTo(304);
    }

    @Test
    void everythingThatIsLinkedOrImportedIsThereAndNothingElse() throws Exception {
        TreeSet<String> wanted = new TreeSet<>(List.of("index.html"));
        links(Files.readString(FILES.resolve("index.html"))).forEach(link -> wanted.add(link.substring(1)));
        wanted.add("ui/icon.svg");
        for (String file : files()) {
            for (String target : found(IMPORT, Files.readString(FILES.resolve(file)))) {
                Path module = Path.of(file).resolveSibling(target).normalize();
                wanted.add(module.toString().replace('\\', '/'));
            }
        }

        assertThat(files()).containsExactlyElementsOf(wanted);
    }

    @Test
    void nothingIsInlineAndNothingIsMadeFromMarkup() throws Exception {
        for (String file : files()) {
            String text = Files.readString(FILES.resolve(file));
            assertThat(text)
                    .as(file)
                    .doesNotContain(
                            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function");
            assertThat(text).as(file).doesNotContain("https://", "http://127", "http://localhost");
            assertThat(text.lines().count()).as(file).isLessThan(400);
        }
        String page = Files.readString(FILES.resolve("index.html"));
        assertThat(page).doesNotContainPattern("<script(?![^>]*src=)").doesNotContain("<style", "style=", "onload=");
    }

    @Test
    void thePageIsToldWhetherThereAreLogins() {
        assertThat(TestServer.json(server.get("/dashboard.json")).get("logins").asBoolean())
                .isTrue();
        try (FramedServer open = FramedServer.open(directory.resolve("open"), "")) {
            assertThat(TestServer.json(open.get("/dashboard.json"))
                            .get("logins")
                            .asBoolean())
                    .isFalse();
        }
    }

    @Test
    void onlyThePagesOwnFilesAreServed() throws Exception {
        for (String path : new String[] {
            "/ui/../../prime-spark-server.conf",
            "/ui/%2e%2e/%2e%2e/prime-spark-server.conf",
            "/..%2flogback.xml",
            "/ui/",
            "/ui/missing.js",
            "/ui/main.js/",
            "/META-INF/MANIFEST.MF"
        }) {
            String answer = server.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer).as(path).matches("(?s)HTTP/1.1 40[0134] .*");
        }
    }

    private static List<String> links(String page) {
        return found(LINK, page);
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1)).toList();
    }

    private static List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(FILES)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> FILES.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }
}
