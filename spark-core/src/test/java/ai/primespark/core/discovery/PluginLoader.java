package ai.primespark.core.discovery;

import ai.primespark.spi.SparkProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.tools.ToolProvider;

/** Compiles plugins into a directory of their own and puts them on the run-time path for a while. */
final class PluginLoader {

    private final Path classes;
    private final Path sources;

    PluginLoader(Path dir) throws IOException {
        this.classes = Files.createDirectories(dir.resolve("classes"));
        this.sources = Files.createDirectories(dir.resolve("sources"));
    }

    /** A provider of memory tiers whose methods say what a plugin's would. */
    static String tier(String className, String name, String level, String more) {
        return """
                package plug;
                import ai.primespark.spi.*;
                public class %s implements MemoryTierProvider {
                    %s
                    public String name() { return "%s"; }
                    public int spiLevel() { return %s; }
                    public MemoryTier create(ProviderContext context) { throw new UnsupportedOperationException(); }
                }
                """.formatted(className, more, name, level);
    }

    void compile(String className, String source) throws IOException {
        Path file = Files.writeString(sources.resolve(className + ".java"), source);
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-d", classes.toString(), "-cp"));
        arguments.add(System.getProperty("java.class.path") + java.io.File.pathSeparator + classes);
        arguments.add(file.toString());
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        if (result != 0) {
            throw new IllegalStateException("does not compile: " + className);
        }
    }

    void delete(String className) throws IOException {
        Files.delete(classes.resolve("plug").resolve(className + ".class"));
    }

    void services(Class<? extends SparkProvider> kind, String... lines) throws IOException {
        Path services = Files.createDirectories(classes.resolve("META-INF/services"));
        Files.writeString(services.resolve(kind.getName()), String.join("\n", lines));
    }

    <T> T onTheRunTimePath(Callable<T> task) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            return task.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
