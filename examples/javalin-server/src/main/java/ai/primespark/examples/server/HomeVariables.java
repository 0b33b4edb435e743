package ai.primespark.examples.server;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The familiar names for the parts of a home: Redis, the NAS, MinIO, the battery, the tunnel, and who may log in. */
final class HomeVariables {

    private final Variables variables;

    HomeVariables(Variables variables) {
        this.variables = variables;
    }

    /** By path below {@code primespark}; only what is set. */
    Map<String, Object> settings() throws StartupException {
        Map<String, Object> settings = new LinkedHashMap<>();
        List<ProviderSpec> tiers = tiers();
        if (!tiers.isEmpty()) {
            settings.put("memory.tiers", tiers);
        }
        percent("BATTERY_LOW_THRESHOLD").ifPresent(low -> settings.put("power.charge.low", low));
        percent("BATTERY_CRITICAL_THRESHOLD").ifPresent(low -> settings.put("power.charge.critical", low));
        variables
                .text("WIREGUARD_INTERFACE")
                .ifPresent(name -> settings.put(
                        "vpn.driver", List.of(ProviderSpec.of("wireguard").with("interface", name))));
        variables.secret("JWT_SECRET").ifPresent(secret -> settings.put("auth.jwt.secret", secret));
        variables
                .parse("JWT_ALGORITHM", "HS256 or ES256", text -> text.matches("(?i)hs256|es256") ? text : null)
                .ifPresent(name -> settings.put("auth.jwt.algorithm", name.toLowerCase(Locale.ROOT)));
        variables
                .number("JWT_EXPIRATION_HOURS", 1, 720)
                .ifPresent(hours -> settings.put("auth.access-token-life", Duration.ofHours(hours)));
        return settings;
    }

    /** Names that are understood and have no effect here, with what has. */
    List<String> without() {
        List<String> notes = new ArrayList<>();
        for (String name : List.of("WIREGUARD_PORT", "VPN_SUBNET")) {
            if (variables.text(name).isPresent()) {
                notes.add(name + " has no effect: the file of the tunnel's interface says it (see spark-vpn)");
            }
        }
        return notes;
    }

    /** The in-process cache, Redis, the NAS and MinIO in this order; the local directory stands in for the first persistent one. */
    private List<ProviderSpec> tiers() throws StartupException {
        Optional<ProviderSpec> redis = redis();
        Optional<ProviderSpec> nas = variables
                .parse(
                        "NAS_SHARE_PATH",
                        "the path of a mounted share",
                        text -> Path.of(text).isAbsolute() ? text : null)
                .map(path -> ProviderSpec.of("nfs").with("path", Path.of(path)).with("init", "if-empty"));
        Optional<ProviderSpec> minio = minio();
        List<ProviderSpec> tiers = new ArrayList<>();
        if (redis.isEmpty() && nas.isEmpty() && minio.isEmpty()) {
            return tiers; // the library's own
        }
        tiers.add(ProviderSpec.of("caffeine"));
        redis.ifPresent(tiers::add);
        if (redis.isEmpty() || nas.isEmpty()) {
            tiers.add(ProviderSpec.of("directory"));
        }
        nas.ifPresent(tiers::add);
        minio.ifPresent(tiers::add);
        return tiers;
    }

    private Optional<ProviderSpec> redis() throws StartupException {
        Optional<String> host = variables.parse(
                "REDIS_HOST", "a host's name or address", text -> text.matches("[A-Za-z0-9.:_-]{1,255}") ? text : null);
        Optional<Integer> port = variables.number("REDIS_LOCAL_PORT", 1, 65_535);
        Optional<Secret> password = variables.secret("REDIS_PASSWORD");
        if (host.isEmpty() && port.isEmpty()) {
            return Optional.empty();
        }
        String name = host.orElse("localhost");
        String url = "redis://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + port.orElse(6379);
        ProviderSpec spec = ProviderSpec.of("redis").with("url", Secret.of(url));
        return Optional.of(password.isPresent() ? spec.with("password", password.get()) : spec);
    }

    private Optional<ProviderSpec> minio() throws StartupException {
        Optional<URI> endpoint = variables.parse("MINIO_ENDPOINT", "an address like http://minio.local:9000", text -> {
            URI url = URI.create(text.contains("://") ? text : "http://" + text);
            return String.valueOf(url.getScheme()).matches("https?") && url.getHost() != null ? url : null;
        });
        Optional<Secret> access = variables.secret("MINIO_ACCESS_KEY");
        Optional<Secret> secret = variables.secret("MINIO_SECRET_KEY");
        Optional<String> bucket = variables.text("MINIO_BUCKET");
        if (endpoint.isEmpty()) {
            return Optional.empty();
        }
        if (access.isEmpty() || secret.isEmpty()) {
            throw new StartupException("MINIO_ENDPOINT needs MINIO_ACCESS_KEY and MINIO_SECRET_KEY");
        }
        return Optional.of(ProviderSpec.of("s3")
                .with("endpoint", endpoint.get())
                .with("bucket", bucket.orElse("prime-spark"))
                .with("create-bucket", true)
                .with("access-key", access.get())
                .with("secret-key", secret.get()));
    }

    private Optional<Double> percent(String name) throws StartupException {
        return variables.number(name, 1, 100).map(Integer::doubleValue);
    }
}
