package ai.primespark.examples.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.power.PowerMode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard in a real browser, before the real server. Pictures of it are left in {@code target/dashboard}. */
@NeedsBrowser
@Timeout(180)
class DashboardIT extends DashboardRig {

    @BeforeEach
    void models() {
        server.edge.answers(FakeOllama.tokens("Hello", " world"));
        server.cloud.answers(FakeOllama.tokens("Hello", " from", " the cloud"));
    }

    @Test
    void oneLogsInSeesHowEverythingIsAndLogsOut() {
        visitor.login(DashboardServer.ADMIN);

        assertThat(visitor.tile("routing").locator("[data-backend=edge]")).containsText("ready");
        assertThat(visitor.tile("routing").locator("[data-backend=cloud]"))
                .containsText(server.cloud.url().toString());
        assertThat(visitor.tile("memory-tiers").locator(".rows > li")).not().hasCount(0);
        assertThat(visitor.tile("power").locator(".gauge")).hasText("On mains");
        assertThat(visitor.tile("agents").locator("[data-agent]")).hasCount(1);
        assertThat(visitor.tile("vpn").locator("[data-peer]")).containsText("2.5 MB");
        assertThat(visitor.tile("system").locator("[data-component=routing]")).isVisible();
        assertThat(visitor.page.locator(".link-state")).hasText("live");
        visitor.picture("overview-light");

        visitor.page.getByLabel("Account of admin").click();
        visitor.button("Log out").click();

        assertThat(visitor.password()).isVisible();
        assertThat(visitor.page.evaluate("() => sessionStorage.length + localStorage.length"))
                .isEqualTo(0);
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void aWrongPasswordIsToldWithWhatToDo() {
        visitor.open();
        visitor.picture("login");
        visitor.page.getByLabel("Name").fill(DashboardServer.ADMIN);
        visitor.password().fill("not this one");
        visitor.button("Log in").click();

        assertThat(visitor.page.getByRole(AriaRole.ALERT)).containsText("Check the name and the password");
        assertThat(visitor.password()).isFocused();
        assertThat(visitor.takeComplaints()).allMatch(complaint -> complaint.contains("401"));
    }

    @Test
    void aReloadKeepsTheSessionAndAnotherTabHasItsOwn() {
        visitor.login(DashboardServer.ADMIN);

        visitor.page.reload();
        assertThat(visitor.heading("Overview")).isVisible();
        Page other = visitor.tab();
        other.navigate("/");

        assertThat(other.getByLabel("Name")).isVisible();
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void anAnswerIsShownAsItComesAndTellsItsRoute() {
        FakeOllama edge = server.edge;
        edge.answers(edge.halting());
        visitor.login(DashboardServer.ADMIN).go("Chat");

        visitor.ask("What is first?");
        assertThat(visitor.answer().locator(".prose")).hasText("before");
        assertThat(visitor.button("Stop")).isVisible();
        edge.spoken.countDown();

        assertThat(visitor.answer().locator(".prose")).hasText("before after");
        assertThat(visitor.answer().locator(".route-line")).containsText("edge");
        assertThat(visitor.answer().locator(".route-line")).containsText("answered by the model");
        visitor.answer().getByText(Pattern.compile("^Route: .+")).click();
        assertThat(visitor.answer().locator(".attempts > li")).containsText("edge");
        assertThat(visitor.page.locator("#announcer")).containsText("before after");
        visitor.go("Overview");
        assertThat(visitor.tile("routing").locator(".traces > li")).not().hasCount(0);
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void stoppingAnAnswerStopsItsBackend() throws Exception {
        server.edge.answers(server.edge.endless());
        visitor.login(DashboardServer.ADMIN).go("Chat");

        visitor.ask("Do you ever stop?");
        assertThat(visitor.answer().locator(".prose")).containsText("word word");
        visitor.button("Stop").click();

        assertThat(visitor.answer().locator(".route-line")).containsText("stopped");
        assertThat(visitor.button("Send")).isVisible();
        server.edge.hungUp.get(60, TimeUnit.SECONDS);
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void aFailoverIsSeenInTheAnswerAndInTheFeed() {
        server.edge.answers(FakeOllama.broken());
        visitor.login(DashboardServer.ADMIN).go("Chat");

        visitor.ask("Who answers when the edge breaks?");

        assertThat(visitor.answer().locator(".notices")).containsText("edge → cloud");
        assertThat(visitor.answer().locator(".notices")).containsText("begins again");
        assertThat(visitor.answer().locator(".prose")).hasText("Hello from the cloud");
        assertThat(visitor.answer().locator(".route-line")).containsText("cloud");
        visitor.answer().getByText(Pattern.compile("^Route: .+")).click();
        assertThat(visitor.answer().locator(".attempts > li").first()).hasAttribute("data-outcome", "failed");
        assertThat(visitor.answer().locator(".attempts > li").last()).hasAttribute("data-outcome", "answered");
        visitor.picture("chat-failover");
        visitor.go("Events");
        assertThat(visitor.feed()).containsText("Edge failed");
        visitor.picture("events");
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void aFailureIsToldWithWhatWasTried() {
        server.edge.answers(FakeOllama.failure(500));
        server.cloud.answers(FakeOllama.failure(500));
        visitor.login(DashboardServer.ADMIN).go("Chat");

        visitor.ask("Is anybody there?");

        assertThat(visitor.answer().getByRole(AriaRole.ALERT)).containsText(Pattern.compile("[.!]"));
        assertThat(visitor.answer().locator(".attempts > li[data-outcome=failed]"))
                .not()
                .hasCount(0);
        server.edge.answers(FakeOllama.tokens("Now I am."));
        server.cloud.answers(FakeOllama.tokens("Now I am."));
        visitor.button("Ask again").click();
        assertThat(visitor.answer().locator(".prose")).hasText("Now I am.");
        assertThat(visitor.takeComplaints())
                .allMatch(complaint -> complaint.contains("the server responded with a status of 5"));
    }

    @Test
    void theBatteryIsSeenAndThoseWhoMaySwitchTheMode() {
        visitor.login(DashboardServer.ADMIN);
        server.ups.battery(42);

        assertThat(visitor.tile("power")).containsText("42 %");
        assertThat(visitor.tile("power").locator(".gauge")).containsText("On battery");
        // not check(), which insists on a state that a refresh under way may set back for a moment
        visitor.tile("power").getByLabel("Off grid").click();
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(server.spark.power().status().mode()).isEqualTo(PowerMode.OFF_GRID));
        assertThat(visitor.tile("power")).containsText("edge only");
        assertThat(visitor.feed()).containsText("only the edge is asked");
        visitor.picture("power-off-grid");

        visitor.tile("power").getByLabel("Auto").click();
        server.ups.mains();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> server.spark.power().status().mode() == PowerMode.AUTO
                        && !server.spark.power().status().isOnBattery());
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void whoMayOnlyReadSeesNoSwitches() {
        server.spark.memory().put("seen/by/guests", "only seen");
        visitor.login(DashboardServer.GUEST);

        assertThat(visitor.tile("power")).containsText("Administrators can change it");
        assertThat(visitor.tile("power").getByRole(AriaRole.RADIO)).hasCount(0);
        assertThat(visitor.tile("vpn").getByRole(AriaRole.BUTTON)).hasCount(0);
        visitor.go("Memory");
        visitor.button("seen/by/guests").click();
        assertThat(visitor.page.locator("pre")).hasText("only seen");
        assertThat(visitor.button("Delete")).hasCount(0);
        visitor.go("Chat");
        assertThat(visitor.page.locator(".messages")).containsText("You may not ask models");
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void aValueIsMadeFoundChangedAndDeleted() {
        server.spark.memory().put("other/key", "of no interest");
        visitor.login(DashboardServer.ADMIN).go("Memory");

        visitor.button("New value").click();
        visitor.dialog().getByLabel("Key").fill("garden/beds");
        visitor.dialog().getByLabel("Value").fill("{\"beds\": 4}");
        assertThat(visitor.dialog()).containsText("Stored as JSON");
        visitor.button("Store").click();
        assertThat(visitor.heading("garden/beds")).isVisible();
        assertThat(server.spark.memory().find("garden/beds", Object.class)).hasValue(Map.of("beds", 4));

        visitor.page.getByLabel("Keys that begin with").fill("garden/");
        assertThat(visitor.button("other/key")).hasCount(0);
        visitor.button("garden/beds").click();
        assertThat(visitor.page.locator("pre")).containsText("\"beds\": 4");
        visitor.picture("memory");

        visitor.button("Delete").click();
        assertThat(visitor.dialog()).containsText("garden/beds");
        visitor.button("Cancel").click();
        assertThat(server.spark.memory().find("garden/beds", Object.class)).isPresent();
        visitor.button("Delete").click();
        visitor.dialog()
                .getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(visitor.button("garden/beds")).hasCount(0);
        assertThat(server.spark.memory().find("garden/beds", Object.class)).isEmpty();
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void aValueThatSomebodyElseHasChangedIsNotDeletedUnseen() {
        server.spark.memory().put("shared/key", "first");
        visitor.login(DashboardServer.ADMIN).go("Memory");
        visitor.button("shared/key").click();
        assertThat(visitor.page.locator("pre")).hasText("first");
        server.spark.memory().put("shared/key", "second");

        visitor.button("Delete").click();
        visitor.dialog()
                .getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();

        assertThat(visitor.dialog().getByRole(AriaRole.ALERT)).containsText("Somebody changed the value");
        assertThat(server.spark.memory().find("shared/key", String.class)).hasValue("second");
        assertThat(visitor.takeComplaints()).allMatch(complaint -> complaint.contains("409"));
    }

    @Test
    void aRunningTaskShowsHowFarItIsAndIsCancelled() {
        String id = server.spark
                .agents()
                .submit(TaskRequest.of("test.hold", "digging").build())
                .id();
        visitor.login(DashboardServer.ADMIN).go("Tasks");
        Locator task = visitor.page.locator("[data-task='" + id + "']");

        assertThat(task).containsText("40 % · digging");
        assertThat(task.getByRole(AriaRole.METER)).hasAttribute("aria-valuenow", "40");
        visitor.picture("tasks");
        task.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Cancel"))
                .click();
        visitor.button("Cancel the task").click();

        assertThat(task).hasAttribute("data-status", "cancelled");
        assertThat(server.spark.agents().find(id).orElseThrow().snapshot().status())
                .isEqualTo(TaskStatus.CANCELLED);
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void theServersAbsenceIsToldAndThePageGoesOnWhenItIsBack() {
        visitor.login(DashboardServer.ADMIN);
        assertThat(visitor.page.locator(".link-state")).hasText("live");

        server.goAway();
        try {
            assertThat(visitor.page.locator(".banner")).containsText("Not connected to the server");
            visitor.picture("not-connected");
        } finally {
            server.comeBack();
        }

        assertThat(visitor.page.locator(".link-state")).hasText("live");
        assertThat(visitor.page.locator(".banner")).isHidden();
        assertThat(visitor.tile("routing")).not().hasClass(Pattern.compile("\\bold\\b"));
        assertThat(visitor.takeComplaints()).allMatch(complaint -> complaint.contains("Failed to load resource"));
    }

    @Test
    void whoIsNoAdministratorSeesNobodyElsesTasks() {
        String others = server.spark
                .agents()
                .submit(TaskRequest.of("test.hold", "of others")
                        .submitter("somebody")
                        .build())
                .id();
        String own = server.spark
                .agents()
                .submit(TaskRequest.of("test.hold", "of the guest")
                        .submitter(DashboardServer.GUEST)
                        .build())
                .id();
        try {
            visitor.login(DashboardServer.GUEST).go("Tasks");

            assertThat(visitor.page.locator("[data-task='" + own + "']")).isVisible();
            assertThat(visitor.page.locator("[data-task='" + others + "']")).hasCount(0);
            visitor.page.getByLabel("Show").selectOption("failed");
            assertThat(visitor.page.locator("main")).containsText("No task of yours is failed.");
            visitor.hasNothingToComplainAbout();
        } finally {
            for (String id : List.of(own, others)) {
                var unused = server.spark.agents().find(id).orElseThrow().cancel("the test is over");
            }
        }
    }

    @Test
    void markupInDataIsShownAndNeverRun() {
        String markup = "<img src=x onerror=\"window.ran = 1\"><script>window.ran = 1</script>";
        server.spark.memory().put("markup/" + markup.replace("/", "-"), markup);
        server.edge.answers(FakeOllama.tokens(markup, " **bold** `<b>`"));
        visitor.login(DashboardServer.ADMIN).go("Memory");

        visitor.page.getByText("markup/<img").click();
        assertThat(visitor.page.locator("pre")).hasText(markup);
        visitor.go("Chat");
        visitor.ask(markup);
        assertThat(visitor.answer().locator(".prose")).hasText(markup + " bold <b>");
        assertThat(visitor.page.locator("img")).hasCount(0);
        assertThat(visitor.page.evaluate("() => window.ran === undefined")).isEqualTo(true);
        visitor.hasNothingToComplainAbout();
    }

    @Test
    void thePolicyForbidsWhatIsInlineOrForeign() {
        Response response = visitor.page.navigate("/");

        assertThat(response.headerValue("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'")
                .doesNotContain("unsafe");
        visitor.login(DashboardServer.ADMIN);
        visitor.hasNothingToComplainAbout();
        visitor.page.evaluate("""
                () => {
                  const script = document.createElement("script");
                  script.textContent = "window.ran = 1";
                  document.body.append(script);
                }""");
        assertThat(visitor.page.evaluate("() => window.ran === undefined")).isEqualTo(true);
        assertThat(visitor.takeComplaints())
                .isNotEmpty()
                .allMatch(complaint -> complaint.contains("Content Security Policy"));
    }
}
