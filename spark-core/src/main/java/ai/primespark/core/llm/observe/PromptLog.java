package ai.primespark.core.llm.observe;

import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolInvocation;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes prompts and answers into the log of a name of its own, if that was asked for twice: by the setting, and by the level of
 * that log. A log travels, to another machine or to a service, so that only what may travel anywhere is written. Thread-safe.
 */
final class PromptLog {

    static final String NAME = "ai.primespark.llm.prompts";

    /** Of one message or answer, in characters. */
    static final int MOST = 10_000;

    private static final Logger log = LoggerFactory.getLogger(NAME);

    private final boolean wanted;

    PromptLog(boolean wanted) {
        this.wanted = wanted;
    }

    void asked(String requestId, LlmRequest request) {
        if (!wanted || !log.isDebugEnabled()) {
            return;
        }
        String before = RequestMdc.enter(requestId);
        try {
            if (request.privacy() != Privacy.ANY) {
                log.debug("call {}: the prompt is not logged, because its privacy is {}", requestId, request.privacy());
                return;
            }
            for (Message message : request.messages()) {
                log.debug("call {}: {}: {}", requestId, message.role(), line(message.content()));
            }
        } finally {
            RequestMdc.leave(before);
        }
    }

    void answered(String requestId, Privacy privacy, LlmResponse response) {
        if (!wanted || privacy != Privacy.ANY || !log.isDebugEnabled()) {
            return;
        }
        String before = RequestMdc.enter(requestId);
        try {
            if (!response.thinking().isEmpty()) {
                log.debug("call {}: thinking: {}", requestId, line(response.thinking()));
            }
            for (ToolInvocation tool : response.toolCalls()) {
                log.debug("call {}: tool {}: {}", requestId, line(tool.name()), line(tool.argumentsJson()));
            }
            log.debug("call {}: answer: {}", requestId, line(response.text()));
        } finally {
            RequestMdc.leave(before);
        }
    }

    /** A text as one line: what comes from outside must not look like further lines of the log. */
    static String line(String text) {
        int end = Math.min(text.length(), MOST);
        StringBuilder line = new StringBuilder(end + 32);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> {
                    if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                        line.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        if (end < text.length()) {
            line.append(" [").append(text.length() - end).append(" more characters]");
        }
        return line.toString();
    }
}
