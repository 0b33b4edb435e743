package ai.primespark.power.ups;

import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** Every provider keeps the rules of providers. */
class ProviderContractsTest {

    @Nested
    class Nut extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new NutSourceProvider();
        }
    }

    @Nested
    class NutWithLogin extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new NutSourceProvider();
        }

        @Override
        protected Map<String, Object> settings(Path directory) {
            return Map.of("login", true, "username", "monitor", "password", "x", "tls.trust-store", directory);
        }
    }

    @Nested
    class Apcupsd extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new ApcupsdSourceProvider();
        }
    }

    @Nested
    class PiSugar extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new PiSugarSourceProvider();
        }
    }

    @Nested
    class Sysfs extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new SysfsSourceProvider();
        }
    }

    @Nested
    class Oshi extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new OshiSourceProvider();
        }
    }

    @Nested
    class File extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new FileSourceProvider();
        }

        @Override
        protected Map<String, Object> settings(Path directory) {
            return Map.of("path", directory.resolve("ups"));
        }
    }

    @Nested
    class Exec extends ProviderContract {
        @Override
        protected SparkProvider provider() {
            return new ExecSourceProvider();
        }

        @Override
        protected Map<String, Object> settings(Path directory) {
            return Map.of("command", List.of("true"));
        }
    }
}
