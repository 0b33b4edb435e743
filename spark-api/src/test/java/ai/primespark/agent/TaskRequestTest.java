package ai.primespark.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TaskRequestTest {

    @Test
    void powerNeedsFollowThePriorityUnlessTheyAreSet() {
        assertThat(TaskRequest.of("t", "p")
                        .priority(Priority.LOW)
                        .build()
                        .power()
                        .onBattery())
                .isFalse();
        assertThat(TaskRequest.of("t", "p").build().power().onBattery()).isTrue();
        assertThat(TaskRequest.of("t", "p")
                        .priority(Priority.URGENT)
                        .build()
                        .power()
                        .interruptible())
                .isFalse();
        PowerNeeds own = new PowerNeeds(true, true, 5.0);
        assertThat(TaskRequest.of("t", "p")
                        .power(own)
                        .priority(Priority.LOW)
                        .build()
                        .power())
                .isEqualTo(own);
    }

    @Test
    void anotherPayloadLeavesEverythingElseAsItIs() {
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        TaskRequest request = TaskRequest.of("t", "text")
                .priority(Priority.HIGH)
                .requires(Requirements.all("gpu"))
                .notBefore(start)
                .deadline(start.plusSeconds(1))
                .retry(RetryPolicy.NEVER)
                .idempotencyKey("k")
                .retention(Duration.ofHours(1))
                .after("a", "b")
                .power(new PowerNeeds(false, true, null))
                .build();

        TaskRequest copy = request.withPayload(new byte[] {1});

        assertThat(copy.payload()).isEqualTo(new byte[] {1});
        assertThat(copy).usingRecursiveComparison().ignoringFields("payload").isEqualTo(request);
    }

    @Test
    void theTextNeverShowsThePayload() {
        assertThat(TaskRequest.of("t", "hush").build()).asString().doesNotContain("hush");
    }

    @Test
    void aDeadlineBeforeTheStartAndAStrangeTypeAreRefused() {
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TaskRequest.of("t", "p")
                        .notBefore(start)
                        .deadline(start)
                        .build());
        assertThatIllegalArgumentException().isThrownBy(() -> TaskRequest.of("{t}", "p"));
    }

    @Test
    void keepsWhoShouldDoItForWhomAndForHowLong() {
        TaskRequest request = TaskRequest.of("t", "x")
                .prefer("location=attic")
                .submitter("ana@home")
                .maxRuntime(Duration.ofMinutes(3))
                .build();

        TaskRequest copy = request.withPayload(new byte[1]);

        assertThat(copy.preferred()).contains("location=attic");
        assertThat(copy.submitter()).isEqualTo("ana@home");
        assertThat(copy.maxRuntime()).contains(Duration.ofMinutes(3));
        assertThat(copy.withSubmitter("bob").submitter()).isEqualTo("bob");
    }

    @Test
    void refusesPreferencesThatNameNobody() {
        assertThatThrownBy(() -> TaskRequest.of("t", "x").prefer("a b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TaskRequest.of("t", "x").submitter("{}")).isInstanceOf(IllegalArgumentException.class);
    }
}
