package ai.primespark.llm.openai;

import ai.primespark.Zone;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What the server's address says: where requests go, and how far that is. Nothing is looked up. */
final class OpenAiAddress {

    private static final String CALL = "/chat/completions";
    private static final Pattern VERSION = Pattern.compile("v\\d+[a-z0-9]*");
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /** Names that only the own machine and the own network resolve (RFC 6761, 6762 and 8375). */
    private static final List<String> OWN_NAMES = List.of("localhost", "local", "home.arpa");

    /** Domains under which nobody but their owner runs servers. */
    private static final List<String> SERVICES = List.of(
            "openai.com",
            "openrouter.ai",
            "anthropic.com",
            "generativelanguage.googleapis.com",
            "mistral.ai",
            "groq.com",
            "deepseek.com",
            "together.xyz",
            "together.ai",
            "fireworks.ai",
            "perplexity.ai",
            "x.ai",
            "cohere.com",
            "cohere.ai",
            "huggingface.co",
            "deepinfra.com",
            "cerebras.ai",
            "sambanova.ai",
            "api.nvidia.com",
            "models.github.ai",
            "moonshot.ai",
            "bigmodel.cn",
            "ollama.com");

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

    /**
     * How far it is to the server, as far as the address alone can tell: at the edge are this machine, private addresses and names
     * that only the local network resolves. Everything else might be anybody's, so it counts as the cloud.
     */
    static Zone zone(URI url) {
        String host = host(url);
        boolean own = OWN_NAMES.stream().anyMatch(name -> within(host, name)) || isPrivateAddress(host);
        return own ? Zone.EDGE : Zone.CLOUD;
    }

    /** Whether this is a public service's machine, whatever the configuration says. */
    static boolean isService(URI url) {
        String host = host(url);
        return SERVICES.stream().anyMatch(name -> within(host, name));
    }

    static String host(URI url) {
        String host = url.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static boolean within(String host, String domain) {
        return host.equals(domain) || host.endsWith("." + domain);
    }

    private static boolean isPrivateAddress(String host) {
        boolean six = host.startsWith("[") && host.endsWith("]");
        if (!six && !IPV4.matcher(host).matches()) {
            return false;
        }
        try { // an address in figures, so this asks nobody
            InetAddress address = InetAddress.getByName(six ? host.substring(1, host.length() - 1) : host);
            byte[] bytes = address.getAddress();
            boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
            return address.isLoopbackAddress()
                    || address.isSiteLocalAddress()
                    || address.isLinkLocalAddress()
                    || uniqueLocal;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
