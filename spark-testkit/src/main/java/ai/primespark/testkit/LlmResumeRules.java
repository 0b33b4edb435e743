package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.spi.LlmBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** LLM-11, for backends that go on with answers of others, and for those that do not. */
abstract class LlmResumeRules extends LlmCallRules {

    @Test
    @DisplayName(
            "LLM-11 a resumed call delivers only what follows the text it was given, or is REJECTED before any text")
    void resumedCallsGoOn() {
        LlmBackend backend = backend();
        String whole = await(open(backend)).text();
        for (int length : new int[] {1, whole.length() / 2, whole.length() - 1}) {
            boolean torn = Character.isHighSurrogate(whole.charAt(length - 1));
            String begun = whole.substring(0, torn ? length + 1 : length);
            Optional<LlmCall> resumed = resume(backend, begun);
            if (resumed.isEmpty()) {
                assertThat(resume(backend, begun)).as("asked once more").isEmpty();
                continue;
            }
            List<LlmEvent> events = new ArrayList<>();
            try {
                events.addAll(iterate(resumed.get()));
            } catch (LlmException e) {
                assertThat(e.kind()).as("how it says that it cannot go on").isEqualTo(LlmException.Kind.REJECTED);
                assertThat(e.charsDelivered()).as("text before it says so").isZero();
                if (begun.length() >= 8) { // shorter ones may stand there by chance
                    assertSilent(e, begun);
                }
                continue;
            }
            String rest = doneOf(events).text();
            assertThat(text(events).equals(rest))
                    .as("the text of Done is what was delivered")
                    .isTrue();
            assertThat((begun + rest).equals(whole))
                    .as("the text so far and what follows are the answer")
                    .isTrue();
        }
    }

    @Test
    @DisplayName("LLM-11 a resumed call that is closed is CANCELLED, and after close it fails")
    void resumedCallsEndAsOthersDo() {
        LlmBackend backend = backend();
        String begun = await(open(backend)).text().substring(0, 1);
        Optional<LlmCall> resumed = resume(backend, begun);
        if (resumed.isEmpty()) {
            closeTwice(backend);
            assertThat(resume(backend, begun)).as("after close").isEmpty();
            return;
        }
        resumed.get().close();
        assertThat(failure(resumed.get()).kind()).isEqualTo(LlmException.Kind.CANCELLED);
        closeTwice(backend);
        resume(backend, begun)
                .ifPresent(late -> assertThat(failure(late).kind()).isNotNull());
    }

    private Optional<LlmCall> resume(LlmBackend backend, String begun) {
        return Bounded.run(llmPatience(), "resume()", () -> backend.resume(request(), begun, limits()));
    }
}
