package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that has no Micrometer needs none. */
class WithoutMicrometerTest {

    @TempDir
    Path data;

    @Test
    void anInstanceIsBuiltAndOnlyRegistriesAreRefused() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(pathWithoutMicrometer(), ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(loader);
            assertThatThrownBy(() -> loader.loadClass("io.micrometer.observation.ObservationRegistry"))
                    .isInstanceOf(ClassNotFoundException.class);

            AutoCloseable spark = (AutoCloseable) build(builder(loader));
            spark.close();

            Object builder = builder(loader);
            set(builder, "observationRegistry", Object.class, "text");
            set(builder, "meterRegistry", Object.class, "text");
            assertThatThrownBy(() -> build(builder))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .hasMessageContaining("needs micrometer-observation on the run-time path")
                    .hasMessageContaining("needs micrometer-core on the run-time path");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static URL[] pathWithoutMicrometer() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("micrometer")) {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        return urls.toArray(URL[]::new);
    }

    private Object builder(ClassLoader loader) throws Exception {
        Class<?> configType = loader.loadClass("ai.primespark.SparkConfig");
        Object config = configType.getMethod("empty").invoke(null);
        config = configType.getMethod("with", String.class, Object.class).invoke(config, "primespark.data-dir", data);
        Object builder = loader.loadClass("ai.primespark.PrimeSpark")
                .getMethod("builder")
                .invoke(null);
        set(builder, "config", configType, config);
        return builder;
    }

    private static void set(Object builder, String method, Class<?> type, Object value) throws Exception {
        interfaceOf(builder).getMethod(method, type).invoke(builder, value);
    }

    private static Object build(Object builder) throws Exception {
        return interfaceOf(builder).getMethod("build").invoke(builder);
    }

    private static Class<?> interfaceOf(Object builder) {
        return builder.getClass().getInterfaces()[0];
    }
}
