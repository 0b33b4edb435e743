package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.core.agent.queue.MemoryQueueProvider;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.power.BatteryState;
import ai.primespark.power.DrainState;
import ai.primespark.power.Power;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerStatus;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.TestContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** Engines on one queue whose power supply and whose queue a test can take away. */
abstract class EngineRig {

    static final Duration LONG = Duration.ofSeconds(30);

    private final TestContext context = TestContext.create();
    private final MemoryQueueProvider provider = new MemoryQueueProvider();
    private final TaskQueue real = provider.create(new OnSystemClock(context.with(provider, Map.of())));
    private final List<AgentsEngine> engines = new ArrayList<>();
    final FakePower power = new FakePower();
    Meters meters = Meters.discarding();
    final Queue<SparkEvent> events = new ConcurrentLinkedQueue<>();

    /** Methods of the queue that fail, and those that do their work and then fail. */
    final Set<String> refused = ConcurrentHashMap.newKeySet();

    /** Methods of the queue that give no answer before their deadline. */
    final Set<String> silent = ConcurrentHashMap.newKeySet();

    final Set<String> unanswered = ConcurrentHashMap.newKeySet();

    /** Done when an answer is about to be lost, before anybody can miss it. */
    volatile Runnable onLost = () -> {};

    /** Methods of which the next call reaches the queue a little later than one that follows it. */
    final Set<String> late = ConcurrentHashMap.newKeySet();

    final AtomicInteger cameLate = new AtomicInteger();

    /** How many threads the engines may still ask for. */
    final AtomicInteger threads = new AtomicInteger(Integer.MAX_VALUE);

    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    AgentsEngine engine(String id, Object... settings) throws Exception {
        if (engines.isEmpty()) {
            real.start();
        }
        Map<String, Object> values = new HashMap<>(
                Map.of("id", id, "slots", 2, "heartbeat", "50 ms", "lease", "2 s", "cancel-grace", "200 ms"));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(String.valueOf(settings[i]), settings[i + 1]);
        }
        TaskQueue queue = (TaskQueue)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {TaskQueue.class}, this::call);
        AgentsEngine engine = new AgentsEngine(
                Settings.of(AgentSettings.ALL, values),
                queue,
                new AgentsEngine.Surroundings(
                        "node-" + id,
                        Clock.systemUTC(),
                        (ExecutorService) Proxy.newProxyInstance(
                                getClass().getClassLoader(), new Class<?>[] {ExecutorService.class}, this::thread),
                        context.scheduler(),
                        meters,
                        events::add,
                        power,
                        Duration.ofSeconds(2)));
        engines.add(engine);
        return engine;
    }

    private @Nullable Object thread(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if ((method.getName().equals("execute") || method.getName().equals("submit"))
                && threads.getAndDecrement() <= 0) {
            throw new RejectedExecutionException("no thread is free");
        }
        try {
            return method.invoke(context.blocking(), arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** How often a method of the queue was called so far. */
    int calls(String method) {
        AtomicInteger count = calls.get(method);
        return count == null ? 0 : count.get();
    }

    private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        calls.computeIfAbsent(method.getName(), name -> new AtomicInteger()).incrementAndGet();
        if (refused.contains(method.getName())) {
            throw new QueueUnavailableException("the queue is away", null);
        }
        if (silent.contains(method.getName()) && !speaksAgain(method.getName(), arguments)) {
            throw new QueueUnavailableException("the queue is silent", null);
        }
        boolean isLate = late.remove(method.getName());
        if (isLate) {
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        Object answer;
        try {
            answer = method.invoke(real, arguments);
            cameLate.addAndGet(isLate ? 1 : 0);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (unanswered.remove(method.getName())) {
            onLost.run();
            throw new QueueUnavailableException("the answer is lost", null);
        }
        return answer;
    }

    private boolean speaksAgain(String method, Object @Nullable [] arguments) {
        Deadline deadline = (Deadline) Objects.requireNonNull(arguments)[arguments.length - 1];
        while (silent.contains(method)) {
            if (deadline.isOver()) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        return true;
    }

    @AfterEach
    void closeAll() throws Exception {
        refused.clear();
        silent.clear();
        threads.set(Integer.MAX_VALUE);
        engines.forEach(AgentsEngine::close);
        real.close();
        context.close();
    }

    /** Leases that end by the real time. */
    private record OnSystemClock(ProviderContext of) implements ProviderContext {
        @Override
        public String id() {
            return of.id();
        }

        @Override
        public Settings settings() {
            return of.settings();
        }

        @Override
        public String nodeId() {
            return of.nodeId();
        }

        @Override
        public InstantSource clock() {
            return Clock.systemUTC();
        }

        @Override
        public ExecutorService blocking() {
            return of.blocking();
        }

        @Override
        public ScheduledExecutorService scheduler() {
            return of.scheduler();
        }

        @Override
        public Path dataDirectory() {
            return of.dataDirectory();
        }

        @Override
        public Meters meters() {
            return of.meters();
        }
    }

    /** A supply that a test switches. */
    static final class FakePower implements Power {

        private final List<Consumer<PowerDecision>> listeners = new CopyOnWriteArrayList<>();
        private final Queue<PowerDecision> undelivered = new ConcurrentLinkedQueue<>();
        private volatile boolean later;
        private volatile PowerProfile profile = PowerProfile.FULL;
        private volatile @Nullable Duration runtime;
        private volatile @Nullable PowerDecision decision;

        void become(PowerProfile next, @Nullable Duration runtimeLeft, @Nullable Duration drain) {
            PowerProfile before = profile;
            runtime = runtimeLeft;
            decision =
                    new PowerDecision(Instant.now(), PowerMode.AUTO, before, next, false, "test", reading(next), drain);
            profile = next;
            tell();
        }

        /** Changes and tells nobody yet: events come later than what they tell of. */
        void becomeUnheard(PowerProfile next, Duration drain) {
            List<Consumer<PowerDecision>> all = List.copyOf(listeners);
            listeners.clear();
            become(next, null, drain);
            listeners.addAll(all);
        }

        void tell() {
            PowerDecision told = decision;
            if (later) {
                undelivered.add(told);
            } else {
                listeners.forEach(listener -> listener.accept(told));
            }
        }

        /** From now on listeners hear of changes when {@link #deliver()} is called: as events, they come later. */
        void deliverLater() {
            later = true;
        }

        /** Tells of what has changed meanwhile, in order. */
        void deliver() {
            for (PowerDecision told = undelivered.poll(); told != null; told = undelivered.poll()) {
                for (Consumer<PowerDecision> listener : listeners) {
                    listener.accept(told);
                }
            }
        }

        private PowerReading reading(PowerProfile of) {
            PowerReading.Builder reading = PowerReading.builder(
                    "fake", of == PowerProfile.FULL ? PowerSupply.MAINS : PowerSupply.BATTERY, Instant.now());
            if (runtime != null) {
                reading.runtime(runtime, false);
            }
            return reading.build();
        }

        @Override
        public PowerStatus status() {
            PowerReading now = reading(profile);
            return new PowerStatus(
                    PowerMode.AUTO,
                    null,
                    profile,
                    false,
                    now,
                    BatteryState.UNKNOWN,
                    List.of(now),
                    DrainState.NONE,
                    decision);
        }

        @Override
        public PowerProfile profile() {
            return profile;
        }

        @Override
        public PowerMode mode() {
            return PowerMode.AUTO;
        }

        @Override
        public void mode(PowerMode mode) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void mode(PowerMode mode, Duration duration) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PowerPolicy policy() {
            return (reading, current) -> PowerPolicy.Verdict.now(profile, "test");
        }

        @Override
        public Subscription onChange(Consumer<PowerDecision> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }
    }
}
