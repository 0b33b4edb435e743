package ai.primespark.examples.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Somebody with a browser of their own, who looks at the dashboard. Used by one thread. */
final class Visitor implements AutoCloseable {

    private static final Path PICTURES = Path.of("target", "dashboard");
    private static final double PATIENCE = 30_000;

    final Page page;
    private final BrowserContext context;
    private final String url;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    /** The browser that all visitors share. */
    record Machine(Playwright playwright, Browser browser) implements AutoCloseable {

        static Machine start() {
            PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
            String node = NeedsBrowser.Condition.node().orElseThrow().toString();
            Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", node, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            try {
                Browser browser = playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(
                                        NeedsBrowser.Condition.browser().orElseThrow())
                                .setArgs(List.of("--disable-dev-shm-usage"))); // containers have little of it
                return new Machine(playwright, browser);
            } catch (RuntimeException e) {
                playwright.close();
                throw e;
            }
        }

        Visitor visit(DashboardServer server, int width, int height, ColorScheme scheme) {
            BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                    .setBaseURL(server.url())
                    .setViewportSize(width, height)
                    .setColorScheme(scheme)
                    .setReducedMotion(ReducedMotion.REDUCE));
            return new Visitor(context, server.url());
        }

        Visitor visit(DashboardServer server) {
            return visit(server, 1280, 900, ColorScheme.LIGHT);
        }

        @Override
        public void close() {
            browser.close();
            playwright.close();
        }
    }

    private Visitor(BrowserContext context, String url) {
        this.context = context;
        this.url = url;
        context.setDefaultTimeout(PATIENCE);
        this.page = context.newPage();
        listenTo(page);
    }

    private void listenTo(Page opened) {
        opened.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text() + " " + message.location());
            }
        });
        opened.onPageError(complaints::add);
        opened.onRequest(request -> asked.add(request.url()));
    }

    /** A second tab of the same browser. */
    Page tab() {
        Page opened = context.newPage();
        listenTo(opened);
        return opened;
    }

    Visitor open() {
        page.navigate("/");
        return this;
    }

    Visitor login(String user) {
        open();
        page.getByLabel("Name").fill(user);
        password().fill(DashboardServer.PASSWORD);
        button("Log in").click();
        assertThat(heading("Overview")).isVisible();
        return this;
    }

    Locator password() {
        return page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true));
    }

    /** By the navigation, as people do. */
    Visitor go(String view) {
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(view).setExact(true))
                .click();
        assertThat(heading(view)).isVisible();
        return this;
    }

    Locator heading(String name) {
        return page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator dialog() {
        return page.getByRole(AriaRole.DIALOG);
    }

    Locator tile(String id) {
        return page.locator("#" + id);
    }

    Locator feed() {
        return page.getByRole(AriaRole.LOG, new Page.GetByRoleOptions().setName("Events, newest first"));
    }

    Locator answer() {
        return page.locator(".message[data-role=assistant]").last();
    }

    void ask(String question) {
        page.getByLabel("Your question").fill(question);
        page.keyboard().press("Enter");
    }

    void picture(String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + ".png"))
                .setFullPage(true));
    }

    /** Everything that was loaded or called. */
    List<String> asked() {
        return asked;
    }

    /** What the browser's console said, from now on as if it had not. */
    List<String> takeComplaints() {
        List<String> taken = List.copyOf(complaints);
        complaints.clear();
        return taken;
    }

    void hasNothingToComplainAbout() {
        assertThat(complaints).isEmpty();
        assertThat(asked).allMatch(address -> address.startsWith(url + "/"), "of this server");
    }

    void hasNoSidewaysScrolling(String where) {
        Object excess =
                page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat(((Number) excess).intValue()).as(where).isZero();
    }

    /** What axe-core finds against the rules of WCAG and good practice, each with the elements. */
    List<String> barriers() {
        page.evaluate(axe());
        Object found = page.evaluate("""
                async () => (await axe.run()).violations.flatMap((rule) =>
                    rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`))""");
        return ((List<?>) found).stream().map(Object::toString).toList();
    }

    private static String axe() {
        try (InputStream script = Visitor.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(script, "axe.min.js").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
