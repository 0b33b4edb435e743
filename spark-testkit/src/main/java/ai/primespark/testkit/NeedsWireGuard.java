package ai.primespark.testkit;

import java.io.IOException;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Tests that make WireGuard interfaces in network namespaces of their own: with {@code wireguard-go}, so that the kernel needs no
 * module. Left out as {@link MachineNeeds} says where a program, a right or {@code /dev/net/tun} is missing.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsWireGuard.Condition.class)
public @interface NeedsWireGuard {

    /** Looks for what the tests need. */
    final class Condition implements ExecutionCondition {

        private static final Map<String, String> PACKAGES = new TreeMap<>(Map.of(
                "wg", "wireguard-tools",
                "wg-quick", "wireguard-tools",
                "wireguard-go", "wireguard-go",
                "ip", "iproute2"));

        /** For JUnit. */
        public Condition() {}

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return MachineNeeds.unless(context, obstacle());
        }

        /**
         * Why this machine cannot run such tests.
         *
         * @return empty when it can
         */
        public static Optional<String> obstacle() {
            if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
                return Optional.of("not Linux");
            }
            List<String> missing = new ArrayList<>();
            PACKAGES.forEach((program, debianPackage) -> {
                if (!installed(program)) {
                    missing.add(program + " (Debian package " + debianPackage + ")");
                }
            });
            if (!missing.isEmpty()) {
                return Optional.of("missing: " + String.join(", ", missing));
            }
            if (!Files.exists(Path.of("/dev/net/tun"))) {
                return Optional.of("no tunnel devices (/dev/net/tun)");
            }
            return mayAdministrateNetworks() ? Optional.empty() : Optional.of("not root, or without CAP_NET_ADMIN");
        }

        private static boolean installed(String program) {
            String path = Objects.requireNonNullElse(System.getenv("PATH"), "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
            return Arrays.stream(path.split(":"))
                    .filter(directory -> !directory.isEmpty())
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        }

        /** Bits 12 and 21 of the effective capabilities, in hex (capabilities(7)): the latter is what makes namespaces. */
        private static boolean mayAdministrateNetworks() {
            long needed = 1L << 12 | 1L << 21;
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
                return lines.filter(line -> line.startsWith("CapEff:"))
                        .mapToLong(
                                line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                        .anyMatch(held -> (held & needed) == needed);
            } catch (IOException e) {
                return false;
            }
        }
    }
}
