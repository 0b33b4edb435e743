package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteTest {

    private static final long PLENTY = Duration.ofMinutes(10).toNanos();

    private static LlmException failure(Kind kind, @Nullable Duration retryAfter) {
        return LlmException.builder(kind, "pi", "failed").retryAfter(retryAfter).build();
    }

    private static Duration wait(Route.@Nullable Step step) {
        assertThat(step).isNotNull();
        return Duration.ofNanos(step.waitNanos());
    }

    @Test
    void waitsLongerBeforeEachFurtherTry() {
        try (TestRouter router =
                TestRouter.over(new ScriptedLlmBackend("pi", Zone.EDGE)).build()) {
            Choice pi = new Choice(router.engine.handle("pi"), "why not");
            Route route = new Route(List.of(pi), 3, Duration.ofMillis(200), choice -> 0);

            assertThat(wait(route.next(PLENTY))).isZero();
            for (int doubled = 1; doubled <= 4; doubled *= 2) {
                route.failed(pi, failure(Kind.SERVER_ERROR, null), true);
                assertThat(wait(route.next(PLENTY)))
                        .isBetween(Duration.ofMillis(100L * doubled), Duration.ofMillis(200L * doubled));
            }
            route.failed(pi, failure(Kind.SERVER_ERROR, null), true);
            assertThat(route.next(PLENTY)).isNull();
            assertThat(route.lastResort()).isNull();
        }
    }

    @Test
    void neverComesBackBeforeTheServerWantsItAndNotAfterTheDeadline() {
        try (TestRouter router =
                TestRouter.over(new ScriptedLlmBackend("pi", Zone.EDGE)).build()) {
            Choice pi = new Choice(router.engine.handle("pi"), "why not");
            Route route = new Route(List.of(pi), 10, Duration.ofMillis(200), choice -> 0);
            route.next(PLENTY);

            route.failed(pi, failure(Kind.OVERLOADED, Duration.ofSeconds(3)), true);
            assertThat(route.next(Duration.ofSeconds(2).toNanos())).isNull();
            assertThat(wait(route.next(PLENTY))).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
            assertThat(route.retryAfter()).isEqualTo(Duration.ofSeconds(3));

            route.failed(pi, failure(Kind.OVERLOADED, Duration.ofSeconds(11)), true);
            assertThat(route.next(PLENTY)).isNull();
            route.failed(pi, failure(Kind.OVERLOADED, Duration.ofSeconds(Long.MAX_VALUE)), true);
            assertThat(route.next(PLENTY)).isNull();
        }
    }

    @Test
    void whatDeliveredSomethingOrCannotRecoverIsNotTriedAgain() {
        try (TestRouter router =
                TestRouter.over(new ScriptedLlmBackend("pi", Zone.EDGE)).build()) {
            Choice pi = new Choice(router.engine.handle("pi"), "why not");
            Route route = new Route(List.of(pi), 10, Duration.ofMillis(200), choice -> 0);
            route.next(PLENTY);

            route.failed(pi, failure(Kind.RESET, null), false);
            assertThat(route.next(PLENTY)).isNull();
            route.failed(pi, failure(Kind.UNREACHABLE, null), true);
            assertThat(route.next(PLENTY)).isNull();
        }
    }
}
