package ai.primespark.examples.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The dashboard for everybody: without a mouse, without good eyes, on a phone, in the dark. */
@NeedsBrowser
@Timeout(180)
class DashboardAccessIT extends DashboardRig {

    private static final List<String> VIEWS = List.of("Overview", "Chat", "Memory", "Tasks", "Events");

    @Test
    void theKeyboardIsEnough() {
        visitor.open();
        assertThat(visitor.page.getByLabel("Name")).isFocused();
        visitor.page.keyboard().type(DashboardServer.ADMIN);
        visitor.page.keyboard().press("Tab");
        visitor.page.keyboard().type(DashboardServer.PASSWORD);
        visitor.page.keyboard().press("Enter");
        assertThat(visitor.heading("Overview")).isFocused();
        visitor.page.reload(); // a walk begins at the top
        assertThat(visitor.tile("power").getByRole(AriaRole.RADIO).first()).isVisible();

        List<String> stops = walk(80);
        assertThat(stops)
                .contains("Skip to the content", "Overview", "Chat", "Memory", "Tasks", "Events", "All events");
        assertThat(stops).anyMatch(stop -> stop.startsWith("Account of")).contains("Dark theme", "power-mode");

        tabTo("Memory");
        visitor.page.keyboard().press("Enter");
        assertThat(visitor.heading("Memory")).isFocused();
        tabTo("New value");
        visitor.page.keyboard().press("Enter");
        assertThat(visitor.dialog()).isVisible();
        visitor.page.keyboard().press("Escape");
        assertThat(visitor.dialog()).hasCount(0);
        assertThat(visitor.button("New value")).isFocused();
        tabTo("Chat");
        visitor.page.keyboard().press("Enter");
        tabTo("Your question");
        visitor.page.keyboard().type("Hello, keyboard?");
        visitor.page.keyboard().press("Enter");
        assertThat(visitor.answer().locator(".prose")).hasText("Hello world");
        visitor.hasNothingToComplainAbout();
    }

    /** Presses the tab key until the walk is round; every stop must be visible, and show that it has the focus. */
    private List<String> walk(int most) {
        List<String> stops = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            visitor.page.keyboard().press("Tab");
            Map<?, ?> stop = focused();
            if (stop.get("name").equals("BODY")) { // the browser's own buttons would come now
                return stops;
            }
            assertThat(stop.get("seen")).as("%s can be seen", stop).isEqualTo(true);
            assertThat(stop.get("marked")).as("%s shows the focus", stop).isEqualTo(true);
            stops.add(String.valueOf(stop.get("name")));
        }
        return stops;
    }

    private void tabTo(String name) {
        for (int i = 0; i < 120; i++) {
            if (focused().get("name").equals(name)) {
                return;
            }
            visitor.page.keyboard().press("Tab");
        }
        throw new AssertionError("the tab key does not reach " + name);
    }

    private Map<?, ?> focused() {
        return (Map<?, ?>) visitor.page.evaluate("""
                () => {
                  const it = document.activeElement;
                  const shown = it.type === "radio" ? it.nextElementSibling : it;
                  const box = shown.getBoundingClientRect();
                  const marked = [shown, shown.closest(".composer") ?? shown].some((one) => {
                    const style = getComputedStyle(one);
                    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                  });
                  return {
                    name: it === document.body ? "BODY" : it.getAttribute("aria-label") ?? (it.name || it.textContent.trim()),
                    seen: box.width > 0 && box.height > 0,
                    marked,
                  };
                }""");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void nobodyMeetsABarrier(ColorScheme scheme) {
        String name = scheme.name().toLowerCase(Locale.ROOT);
        server.spark.memory().put("barriers/" + name, Map.of("beds", 4));
        try (Visitor other = machine.visit(server, 1280, 900, scheme)) {
            other.open();
            assertThat(other.password()).isVisible();
            assertThat(other.barriers()).as("login").isEmpty();
            other.login(DashboardServer.ADMIN);
            assertThat(other.tile("power").locator(".gauge")).isVisible();
            assertThat(other.tile("routing").locator("[data-backend=edge]")).isVisible();
            for (String view : VIEWS) {
                other.go(view);
                if (view.equals("Chat")) {
                    other.ask("Hello, " + name + "?");
                    assertThat(other.answer().locator(".route-line")).containsText("edge");
                    other.answer().getByText(Pattern.compile("^Route: .+")).click();
                }
                if (view.equals("Memory")) {
                    other.button("barriers/" + name).click();
                    assertThat(other.heading("barriers/" + name)).isVisible();
                }
                assertThat(other.barriers()).as(view).isEmpty();
                other.picture(view.toLowerCase(Locale.ROOT) + "-" + name);
            }
            other.go("Memory").button("New value").click();
            assertThat(other.barriers()).as("dialog").isEmpty();
            other.hasNothingToComplainAbout();
        }
    }

    @Test
    void nothingScrollsSidewaysOnAPhone() {
        server.spark.memory().put("phone/" + "a-very-long-key-".repeat(12), "x".repeat(4000));
        try (Visitor phone = machine.visit(server, 360, 740, ColorScheme.DARK)) {
            phone.open();
            phone.hasNoSidewaysScrolling("login");
            phone.login(DashboardServer.ADMIN);
            assertThat(phone.tile("routing").locator("[data-backend=edge]")).isVisible();
            for (String view : VIEWS) {
                phone.go(view);
                phone.hasNoSidewaysScrolling(view);
                phone.picture("phone-" + view.toLowerCase(Locale.ROOT));
            }
            phone.go("Memory").page.getByText("phone/a-very-long-key").click();
            assertThat(phone.page.locator("pre")).isVisible();
            phone.hasNoSidewaysScrolling("a value");
            phone.button("All keys").click();
            assertThat(phone.page.locator("pre")).isHidden();
            phone.go("Chat");
            phone.ask("Hello, phone?");
            assertThat(phone.answer().locator(".prose")).containsText("Hello");
            phone.hasNoSidewaysScrolling("an answer");
            phone.hasNothingToComplainAbout();
        }
    }

    @Test
    void theThemeIsChosenAndRemembered() {
        visitor.login(DashboardServer.ADMIN);
        String background = "() => getComputedStyle(document.body).backgroundColor";
        Object light = visitor.page.evaluate(background);

        visitor.button("Dark theme").click();
        Object dark = visitor.page.evaluate(background);
        visitor.page.reload();
        assertThat(visitor.heading("Overview")).isVisible();

        assertThat(dark).isNotEqualTo(light);
        assertThat(visitor.page.evaluate(background)).isEqualTo(dark);
        assertThat(visitor.button("Dark theme")).hasAttribute("aria-pressed", "true");
        visitor.hasNothingToComplainAbout();
    }
}
