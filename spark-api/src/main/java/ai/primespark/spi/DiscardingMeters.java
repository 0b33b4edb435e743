package ai.primespark.spi;

import java.util.function.DoubleSupplier;

enum DiscardingMeters implements Meters {
    INSTANCE;

    private static final Counter COUNTER = amount -> {};
    private static final Timer TIMER = duration -> {};

    @Override
    public Counter counter(String name, String... tags) {
        return COUNTER;
    }

    @Override
    public Timer timer(String name, String... tags) {
        return TIMER;
    }

    @Override
    public void gauge(String name, DoubleSupplier value, String... tags) {}
}
