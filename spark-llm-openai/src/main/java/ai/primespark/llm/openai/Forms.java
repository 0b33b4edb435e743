package ai.primespark.llm.openai;

import ai.primespark.llm.openai.OpenAiProvider.TokenLimit;
import ai.primespark.llm.openai.OpenAiRequests.Form;
import org.jspecify.annotations.Nullable;

/**
 * In what form the server wants to be asked. A server that refuses a field is asked once more without it, which is no retry: it did
 * nothing yet. What then worked is remembered for as long as the backend lives. Thread-safe.
 */
final class Forms {

    private final boolean mayChangeField;
    private volatile Form form;

    Forms(TokenLimit limit) {
        this.mayChangeField = limit == TokenLimit.AUTO;
        this.form = new Form(true, limit == TokenLimit.MAX_COMPLETION_TOKENS);
    }

    /** The form to begin with. */
    Form first() {
        return form;
    }

    /** The form to try after a refusal; null when the refusal is not about the form. Each field changes once at most. */
    @Nullable
    Form after(Form refused, int status, ServerError error) {
        if (status != 400 && status != 422) {
            return null;
        }
        if (refused.usage() && error.refusesUsage()) {
            return new Form(false, refused.newTokenField());
        }
        if (mayChangeField && !refused.newTokenField() && error.wantsNewTokenField()) {
            return new Form(refused.usage(), true);
        }
        return null;
    }

    /** Says that the server answered a request in some form. */
    void works(Form used) {
        if (!used.equals(form)) {
            form = used;
        }
    }
}
