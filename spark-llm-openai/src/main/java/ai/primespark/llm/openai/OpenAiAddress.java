package ai.primespark.llm.openai;

import java.net.URI;
import java.util.regex.Pattern;

/** Where requests go, from what is set as the server's address. */
final class OpenAiAddress {

    private static final String CALL = "/chat/completions";
    private static final Pattern VERSION = Pattern.compile("v\\d+[a-z0-9]*");

    private OpenAiAddress() {}

    /**
     * The address behind which {@code /chat/completions} stands. A version is added when the path has none; a path that names the
     * place of calls itself is taken at its word.
     */
    static URI base(URI url) {
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        if (path.endsWith(CALL)) {
            path = path.substring(0, path.length() - CALL.length());
        } else if (!versioned(path)) {
            path += "/v1";
        }
        return URI.create(url.getScheme() + "://" + url.getRawAuthority() + path);
    }

    private static boolean versioned(String path) {
        for (String segment : path.split("/")) {
            if (VERSION.matcher(segment).matches()) {
                return true;
            }
        }
        return false;
    }
}
