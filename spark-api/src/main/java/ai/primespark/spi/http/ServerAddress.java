package ai.primespark.spi.http;

import ai.primespark.Zone;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How far it is to a server, as far as its address alone can tell. Nothing is looked up, and what is not surely near is far:
 * a mistake must not send a private request away.
 */
public final class ServerAddress {

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

    private ServerAddress() {}

    /**
     * Checks what is configured about a server and says how far it is there.
     *
     * @param url its address, with a host
     * @param configured the zone that is set; when empty, the address decides
     * @param credentials whether the requests carry some
     * @return the zone
     * @throws IllegalArgumentException when a public service is called one's own, or credentials would travel to the cloud
     *     without encryption; the message says how to mend it
     */
    public static Zone zone(URI url, Optional<Zone> configured, boolean credentials) {
        Zone zone = configured.orElseGet(() -> guess(url));
        if (zone != Zone.CLOUD && isService(url)) {
            throw new IllegalArgumentException("url: " + host(url) + " is somebody else's machine; set zone = cloud");
        }
        if (zone == Zone.CLOUD && credentials && url.getScheme().equalsIgnoreCase("http")) {
            throw new IllegalArgumentException("url: the credentials would travel in the clear to " + host(url)
                    + "; use https, or set zone = edge or trusted if the server is yours");
        }
        return zone;
    }

    /**
     * At the edge are this machine, private addresses, and names that only the local network resolves. A name without a dot is
     * one of those: the root of the DNS holds no addresses (ICANN's rule against dotless domains, SAC 053). Everything else might
     * be anybody's, so it counts as the cloud.
     *
     * @param url an address with a host
     * @return the edge or the cloud
     */
    public static Zone guess(URI url) {
        String host = host(url);
        boolean own =
                OWN_NAMES.stream().anyMatch(name -> within(host, name)) || isLocalName(host) || isPrivateAddress(host);
        return own ? Zone.EDGE : Zone.CLOUD;
    }

    private static boolean isService(URI url) {
        String host = host(url);
        return SERVICES.stream().anyMatch(name -> within(host, name));
    }

    private static String host(URI url) {
        String host = url.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static boolean within(String host, String domain) {
        return host.equals(domain) || host.endsWith("." + domain);
    }

    private static boolean isLocalName(String host) {
        return host.indexOf('.') < 0 && host.indexOf(':') < 0 && !host.chars().allMatch(Character::isDigit);
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
