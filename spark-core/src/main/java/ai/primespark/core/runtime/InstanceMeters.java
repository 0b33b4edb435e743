package ai.primespark.core.runtime;

import ai.primespark.spi.Meters;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** Adds an instance's kind and id to every tag list. */
record InstanceMeters(Meters delegate, String kind, String id) implements Meters {

    @Override
    public Counter counter(String name, String... tags) {
        return delegate.counter(name, tagged(tags));
    }

    @Override
    public Timer timer(String name, String... tags) {
        return delegate.timer(name, tagged(tags));
    }

    @Override
    public void gauge(String name, DoubleSupplier value, String... tags) {
        delegate.gauge(name, value, tagged(tags));
    }

    private String[] tagged(String... tags) {
        String[] all = Arrays.copyOf(tags, tags.length + 4);
        all[tags.length] = "kind";
        all[tags.length + 1] = kind;
        all[tags.length + 2] = "id";
        all[tags.length + 3] = id;
        return all;
    }
}
