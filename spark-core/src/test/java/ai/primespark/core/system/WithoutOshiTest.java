package ai.primespark.core.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An application that has no OSHI needs none. */
class WithoutOshiTest {

    @Test
    void theMachineIsMeasuredByTheJvmAndTheKernel() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(pathWithoutOshi(), ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> loader.loadClass("oshi.SystemInfo")).isInstanceOf(ClassNotFoundException.class);

            Class<?> probes = loader.loadClass("ai.primespark.core.system.Probes");
            Method here = probes.getDeclaredMethod("here", boolean.class);
            here.setAccessible(true);
            Method name = probes.getDeclaredMethod("name");
            name.setAccessible(true);

            assertThat((String) name.invoke(here.invoke(null, true)))
                    .startsWith("the JVM")
                    .doesNotContain("OSHI");
        }
    }

    private static URL[] pathWithoutOshi() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("oshi")) {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        return urls.toArray(URL[]::new);
    }
}
