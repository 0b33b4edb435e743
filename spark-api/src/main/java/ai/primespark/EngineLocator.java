package ai.primespark;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Finds the one engine. Looks at the thread's context class loader first, then at the one that loaded this API. */
final class EngineLocator {

    private EngineLocator() {}

    static PrimeSparkEngine locate() {
        List<String> broken = new ArrayList<>();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        List<PrimeSparkEngine> engines = context == null ? List.of() : load(context, broken);
        if (engines.isEmpty()) {
            engines = load(PrimeSpark.class.getClassLoader(), broken);
        }
        if (engines.size() == 1) {
            return engines.get(0);
        }
        if (engines.isEmpty()) {
            throw new ConfigurationException(List.of(new ConfigProblem(
                    "primespark",
                    "run-time path",
                    "no Prime Spark engine found" + (broken.isEmpty() ? "" : "; failed to load: " + broken),
                    "add the dependency ai.primespark:spark-core with scope runtime")));
        }
        String names = engines.stream().map(e -> e.getClass().getName()).collect(Collectors.joining(", "));
        throw new ConfigurationException(List.of(new ConfigProblem(
                "primespark",
                "run-time path",
                "more than one Prime Spark engine found: " + names,
                "keep exactly one of them on the run-time path")));
    }

    private static List<PrimeSparkEngine> load(ClassLoader loader, List<String> broken) {
        List<PrimeSparkEngine> found = new ArrayList<>();
        var providers = ServiceLoader.load(PrimeSparkEngine.class, loader).iterator();
        while (true) {
            try {
                if (!providers.hasNext()) {
                    return found;
                }
                found.add(providers.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(String.valueOf(e.getMessage()));
                if (broken.size() > 100) { // an iterator that cannot get past its own error
                    return found;
                }
            }
        }
    }
}
