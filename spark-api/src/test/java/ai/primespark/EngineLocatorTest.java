package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineLocatorTest {

    @TempDir
    Path dir;

    /** An engine that makes no builders; finding it is all that is asked here. */
    public static class OneEngine implements PrimeSparkEngine {
        @Override
        public PrimeSpark.Builder newBuilder() {
            throw new UnsupportedOperationException("found, and that is enough");
        }
    }

    /** Another one. */
    public static final class OtherEngine extends OneEngine {}

    @Test
    void saysWhatToAddWhenThereIsNoEngine() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(PrimeSpark::builder)
                .withMessage("1 problem in the configuration:\n  - primespark (run-time path): no Prime Spark engine"
                        + " found; add the dependency ai.primespark:spark-core with scope runtime");
    }

    @Test
    void findsTheOneEngineOfTheContext() throws Exception {
        PrimeSparkEngine engine = withServices(OneEngine.class.getName(), EngineLocator::locate);

        assertThat(engine).isInstanceOf(OneEngine.class);
    }

    @Test
    void refusesToChooseBetweenTwo() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> withServices(
                        OneEngine.class.getName() + "\n" + OtherEngine.class.getName(), EngineLocator::locate))
                .withMessageContaining("more than one Prime Spark engine found: " + OneEngine.class.getName() + ", "
                        + OtherEngine.class.getName());
    }

    @Test
    void saysWhyAnEngineCannotBeLoaded() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> withServices("no.such.Engine", EngineLocator::locate))
                .withMessageContaining("no Prime Spark engine found; failed to load: ")
                .withMessageContaining("no.such.Engine");
    }

    @Test
    void aBrokenEngineDoesNotHideAGoodOne() throws Exception {
        PrimeSparkEngine engine = withServices("no.such.Engine\n" + OneEngine.class.getName(), EngineLocator::locate);

        assertThat(engine).isInstanceOf(OneEngine.class);
    }

    @Test
    void looksBesideTheApiWhenThereIsNoContext() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(null);
        try {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(PrimeSpark::builder)
                    .withMessageContaining("no Prime Spark engine found;");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private <T> T withServices(String lines, Callable<T> task) throws Exception {
        writeServices(lines);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            return task.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void writeServices(String lines) throws IOException {
        Path services = Files.createDirectories(dir.resolve("META-INF/services"));
        Files.writeString(services.resolve(PrimeSparkEngine.class.getName()), lines);
    }
}
