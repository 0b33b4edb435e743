package ai.primespark.power.ups;

import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.testkit.PowerRig;
import ai.primespark.testkit.PowerSourceContract;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** Every source keeps the rules of power sources. */
class PowerSourceContractsTest {

    @Nested
    class Nut extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new NutSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new NutRig(
                    Map.of("login", true, "username", "monitor", "password", "sekret", "max-backoff", "50 ms"));
        }
    }

    @Nested
    class Apcupsd extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new ApcupsdSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new ApcupsdRig();
        }
    }

    @Nested
    class PiSugarOverTcp extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new PiSugarSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new PiSugarRig(null);
        }
    }

    @Nested
    class PiSugarAtASocket extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new PiSugarSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new PiSugarRig(context.directory().resolve("pisugar.sock"));
        }
    }

    @Nested
    class Sysfs extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new SysfsSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new SysfsRig(context.directory().resolve("power_supply"));
        }
    }

    @Nested
    class Oshi extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new OshiSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) throws IOException {
            return new OshiRig();
        }
    }

    @Nested
    class File extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new FileSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) {
            return new FileRig(context.directory().resolve("ups.txt"));
        }
    }

    @Nested
    class Exec extends PowerSourceContract {
        @Override
        protected PowerSourceProvider provider() {
            return new ExecSourceProvider();
        }

        @Override
        protected PowerRig newRig(TestContext context) {
            return new ExecRig(context.directory().resolve("ups.sh"));
        }
    }
}
