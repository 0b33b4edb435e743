package ai.primespark.core.llm;

import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.SamplingOptions;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Identifies everything in a request that its answer depends on, by the SHA-256 of a form in which every part is preceded by
 * its length, so that no two requests have the same form. Privacy is a part: answers are shared only among requests that may
 * travel equally far.
 *
 * <p>Texts count as UTF-8, which is what a server gets to see.
 */
record RequestKey(long a, long b, long c, long d) {

    private static final MessageDigest SHA_256 = sha256();

    static RequestKey of(LlmRequest request, String logicalModel) {
        Form form = new Form();
        form.text(logicalModel);
        form.text(request.privacy().name());
        form.text(request.thinking().name());
        form.text(
                request.strategy().map(Enum::name).orElse(null)); // who wants the edge alone gets no answer of a cloud
        form.text(request.format().getClass().getSimpleName());
        form.text(request.format() instanceof OutputFormat.Schema schema ? schema.jsonSchema() : null);
        sampling(form, request.sampling());
        form.count(request.tools());
        for (Tool tool : request.tools()) {
            form.text(tool.name());
            form.text(tool.description());
            form.text(tool.parametersSchema());
        }
        form.count(request.messages());
        for (Message message : request.messages()) {
            message(form, message);
        }
        return form.key();
    }

    private static void sampling(Form form, SamplingOptions options) {
        form.number(options.temperature());
        form.number(options.topP());
        form.number(options.topK());
        form.number(options.maxTokens());
        form.number(options.contextTokens());
        form.number(options.seed());
        form.count(options.stop());
        options.stop().forEach(form::text);
    }

    private static void message(Form form, Message message) {
        form.text(message.role().name());
        form.text(message.content());
        form.text(message.thinking());
        form.count(message.images());
        message.images().forEach(form::bytes);
        form.count(message.toolCalls());
        for (ToolInvocation call : message.toolCalls()) {
            invocation(form, call);
        }
        ToolInvocation answered = message.toolResultOf();
        form.integer(answered == null ? 0 : 1);
        if (answered != null) {
            invocation(form, answered);
        }
    }

    private static void invocation(Form form, ToolInvocation call) {
        form.text(call.id());
        form.text(call.name());
        form.text(call.argumentsJson());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** All of it in 43 letters, digits, {@code -} and {@code _}. For nothing that people read: see {@link #toString()}. */
    String text() {
        byte[] bytes = ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() { // the hash of a short prompt could be guessed back
        return "RequestKey";
    }

    /** Small parts are gathered, because every call of a digest has its price. */
    private static final class Form {

        private static final int ABSENT = -1;

        private final MessageDigest digest = copy();
        private final ByteBuffer gathered = ByteBuffer.allocate(512);

        void text(@Nullable String text) {
            if (text == null) {
                integer(ABSENT);
            } else {
                bytes(text.getBytes(StandardCharsets.UTF_8));
            }
        }

        void bytes(byte[] bytes) {
            integer(bytes.length);
            if (bytes.length > gathered.remaining()) {
                flush();
            }
            if (bytes.length > gathered.remaining()) {
                digest.update(bytes);
            } else {
                gathered.put(bytes);
            }
        }

        void count(Collection<?> parts) {
            integer(parts.size());
        }

        void number(@Nullable Number number) {
            integer(number == null ? 0 : 1);
            if (number != null) {
                long bits = number instanceof Double real ? Double.doubleToLongBits(real) : number.longValue();
                integer((int) (bits >>> 32));
                integer((int) bits);
            }
        }

        void integer(int value) {
            if (gathered.remaining() < Integer.BYTES) {
                flush();
            }
            gathered.putInt(value);
        }

        RequestKey key() {
            flush();
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new RequestKey(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
        }

        private void flush() {
            digest.update(gathered.array(), 0, gathered.position());
            gathered.clear();
        }

        private static MessageDigest copy() { // finding the algorithm anew takes longer than hashing a prompt
            try {
                return (MessageDigest) SHA_256.clone();
            } catch (CloneNotSupportedException e) { // a security provider of the application's own
                return sha256();
            }
        }
    }
}
