package ai.primespark.it.llm.privacy;

import ai.primespark.llm.Privacy;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words that stand in everything private that a sequence sends, and say how far it may travel. */
enum Mark {
    EDGE_ONLY,
    TRUSTED,
    ANY;

    /** What all marks begin with; must not turn up in logs, traces, events, messages and meters. */
    static final String ANYWHERE = "zqmark";

    private static final Pattern WHOLE = Pattern.compile(ANYWHERE + "[a-z]+x[0-9a-f]+");

    static Mark of(Privacy privacy) {
        return valueOf(privacy.name());
    }

    /** In letters only, so that no encoding changes it. */
    String prefix() {
        return ANYWHERE + name().toLowerCase(Locale.ROOT).replace("_", "") + "x";
    }

    String numbered(long number) {
        return prefix() + Long.toHexString(number);
    }

    /** The first mark in a text; empty when there is none. */
    static String in(String text) {
        Matcher found = WHOLE.matcher(text);
        return found.find() ? found.group() : "";
    }
}
