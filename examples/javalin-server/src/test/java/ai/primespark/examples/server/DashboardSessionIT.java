package ai.primespark.examples.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a page does whose token or session ends while it is looked at. */
@NeedsBrowser
@Timeout(180)
class DashboardSessionIT {

    private static Visitor.Machine machine;

    @BeforeAll
    static void start() {
        machine = Visitor.Machine.start();
    }

    @AfterAll
    static void stop() {
        machine.close();
    }

    @Test
    void whoseTokenEndsListensOnWithTheNext(@TempDir Path directory) {
        try (DashboardServer brief = new DashboardServer(
                        directory,
                        "heartbeat = 200 ms",
                        config -> config.with("primespark.auth.access-token-life", Duration.ofSeconds(2))
                                .with("primespark.auth.jwt.clock-skew", Duration.ZERO));
                Visitor guest = machine.visit(brief)) {
            guest.login(DashboardServer.GUEST);
            assertThat(guest.page.locator(".link-state")).hasText("live");
            guest.page.evaluate("""
                    () => {
                      window.before = [];
                      const state = document.querySelector(".link-state");
                      const how = {subtree: true, childList: true, characterData: true};
                      new MutationObserver(() => window.before.push(state.textContent)).observe(state, how);
                    }""");

            guest.page.waitForCondition(() -> guest.asked().stream()
                            .filter(address -> address.endsWith("/api/events"))
                            .count()
                    >= 3);

            assertThat(guest.page.locator(".link-state")).hasText("live");
            assertThat((List<?>) guest.page.evaluate("() => window.before")).allMatch(state -> state.equals("live"));
            assertThat(guest.takeComplaints()).allMatch(complaint -> complaint.contains("401"));
        }
    }

    @Test
    void whoseSessionIsEndedElsewhereIsAskedToLogIn(@TempDir Path directory) {
        try (DashboardServer brief = new DashboardServer(directory, "heartbeat = 200 ms", config -> config);
                Visitor guest = machine.visit(brief)) {
            guest.login(DashboardServer.GUEST);
            assertThat(guest.page.locator(".link-state")).hasText("live");

            brief.spark.auth().revokeAll(DashboardServer.GUEST);

            assertThat(guest.password()).isVisible();
            assertThat(guest.page.locator(".login")).containsText("Your session has ended");
            assertThat(guest.takeComplaints()).isNotEmpty().allMatch(complaint -> complaint.contains("401"));
        }
    }
}
