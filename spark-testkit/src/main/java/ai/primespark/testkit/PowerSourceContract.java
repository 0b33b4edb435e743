package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.testkit.PowerRig.Fault;
import ai.primespark.testkit.PowerRig.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link PowerSource} keeps; their ids, {@code PWR-01} to {@code PWR-06}, are explained there. Extend it in a
 * test, with a {@link PowerRig} that plays what the source reads:
 *
 * <pre>{@code
 * class GaugeSourceContractTest extends PowerSourceContract {
 *     protected PowerSourceProvider provider() {
 *         return new GaugeSourceProvider();
 *     }
 *
 *     protected PowerRig newRig(TestContext context) {
 *         return new GaugeRig(context.directory());
 *     }
 * }
 * }</pre>
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class PowerSourceContract {

    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration SLACK = Duration.ofSeconds(4); // what a busy machine may add to a deadline
    private static final String WORD = "SPARKLING";

    private final List<PowerSource> opened = new ArrayList<>();
    private TestContext context;
    private PowerRig rig;

    /** For subclasses. */
    protected PowerSourceContract() {}

    /**
     * The provider whose sources are tested.
     *
     * @return a provider
     */
    protected abstract PowerSourceProvider provider();

    /**
     * Makes what the source of one test reads. It begins with {@link Scene#MAINS}.
     *
     * @param context for a directory, threads and the clock
     * @return a new rig; closed after the test
     * @throws Exception when it cannot be made, which fails the test
     */
    protected abstract PowerRig newRig(TestContext context) throws Exception;

    /**
     * How long anything may take before it counts as hanging.
     *
     * @return 20 seconds unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @BeforeEach
    void contractOpensRig() throws Exception {
        context = TestContext.create();
        rig = newRig(context);
        say(Scene.MAINS);
    }

    @AfterEach
    void contractClosesEverything() throws Exception {
        try {
            rig.close(); // first, so that nobody hangs on it
            for (PowerSource source : opened) {
                close(source);
            }
        } finally {
            context.close();
        }
    }

    @Test
    @DisplayName("PWR-01 numbers are read as they are said")
    void numbersAreRead() throws Exception {
        PowerSource source = open();
        PowerReading mains = read(source);
        assertThat(mains.supply()).isEqualTo(PowerSupply.MAINS);
        assertThat(mains.chargePercent()).isEqualTo(OptionalDouble.of(87));
        assertThat(mains.quality()).isEqualTo(PowerReading.Quality.FRESH);
        assertThat(mains.source()).as("the source's id").isEqualTo(context.id());
        say(Scene.BATTERY);
        PowerReading battery = read(source);
        assertThat(battery.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(battery.chargePercent()).isEqualTo(OptionalDouble.of(64));
    }

    @Test
    @DisplayName("PWR-01 a number that is not said any more is absent, not the last one, 0 or 100")
    void missingNumbersAreAbsent() throws Exception {
        PowerSource source = open();
        read(source);
        if (tries(Scene.NO_NUMBERS)) {
            assertNoNumbers(read(source));
        }
    }

    @Test
    @DisplayName("PWR-01 a number that is said unreadably is absent")
    void unreadableNumbersAreAbsent() throws Exception {
        PowerSource source = open();
        read(source);
        if (tries(Scene.UNREADABLE_NUMBERS)) {
            assertNoNumbers(read(source));
        }
    }

    private static void assertNoNumbers(PowerReading reading) {
        assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
        assertThat(reading.chargePercent()).as("the charge").isEmpty();
        assertThat(reading.runtime()).as("the runtime").isEmpty();
        assertThat(reading.watts()).as("the watts").isEmpty();
        assertThat(reading.capacityWattHours()).as("the capacity").isEmpty();
    }

    @Test
    @DisplayName("PWR-02 a status word that nobody knows is kept, and changes nothing else")
    void unknownWordsAreKept() throws Exception {
        PowerSource source = open();
        if (tries(Scene.UNKNOWN_WORD)) {
            PowerReading reading = read(source);
            assertThat(reading.otherTokens()).contains(WORD);
            assertThat(reading.supply()).isEqualTo(PowerSupply.MAINS);
        }
    }

    @Test
    @DisplayName("PWR-02 words are compared whole: one that contains a known word is another")
    void wordsAreComparedWhole() throws Exception {
        PowerSource source = open();
        if (tries(Scene.LOOKALIKES)) {
            PowerReading reading = read(source);
            assertThat(reading.supply()).isEqualTo(PowerSupply.UNKNOWN);
            assertThat(reading.flags()).as("flags").isEqualTo(java.util.Set.<PowerFlag>of());
        }
    }

    @Test
    @DisplayName("PWR-03 words that contradict each other give an unknown supply")
    void contradictionsAreUnknown() throws Exception {
        PowerSource source = open();
        if (tries(Scene.CONTRADICTION)) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.UNKNOWN);
        }
    }

    @Test
    @DisplayName("PWR-03 without a word about it the supply is unknown, whatever it was before")
    void missingWordsAreUnknown() throws Exception {
        PowerSource source = open();
        read(source);
        if (tries(Scene.NO_STATUS)) {
            assertThat(read(source).supply()).isEqualTo(PowerSupply.UNKNOWN);
        }
    }

    @Test
    @DisplayName("PWR-04 a reading ends by its deadline, whatever the other side does, and works again once that does")
    void faultsEndAndPass() throws Exception {
        for (Fault fault : Fault.values()) {
            PowerSource source = open();
            read(source);
            if (rig.fail(fault)) {
                assertEnds(source, fault);
                assertEnds(source, fault);
                say(Scene.BATTERY);
                awaitFresh(source, PowerSupply.BATTERY, fault);
            }
            say(Scene.MAINS);
            close(source);
        }
    }

    @Test
    @DisplayName("PWR-04 a source whose other side is away from the start works once that is there")
    void beginsWithoutTheOtherSide() throws Exception {
        if (rig.fail(Fault.GONE)) {
            PowerSource source = open();
            assertEnds(source, Fault.GONE);
            say(Scene.MAINS);
            awaitFresh(source, PowerSupply.MAINS, Fault.GONE);
        }
    }

    @Test
    @DisplayName("PWR-05 nothing that could cut the power is sent")
    void ordersAreNeverSent() throws Exception {
        PowerSource source = open();
        for (Scene scene : Scene.values()) {
            if (rig.say(scene)) {
                read(source);
            }
        }
        say(Scene.BATTERY);
        Bounded.failure(patience(), "drained()", () -> {
            source.drained(deadline());
            return null;
        });
        read(source);
        close(source);
        for (String request : rig.sent()) {
            assertThat(rig.harmless())
                    .as("the first word of what was sent: %s", request)
                    .contains(request.strip().split("\\s+", 2)[0]);
        }
    }

    @Test
    @DisplayName("PWR-06 after close, reading fails with a PowerException; closing twice is harmless")
    void closeIsTheEnd() throws Exception {
        PowerSource source = open();
        read(source);
        close(source);
        close(source);
        assertThat(Bounded.failure(patience(), "read() after close", () -> source.read(deadline())))
                .as("what reading after close throws")
                .isInstanceOf(PowerException.class);
    }

    @Test
    @DisplayName("PWR-06 close does not wait for a reading that hangs")
    void closeDoesNotWait() throws Exception {
        PowerSource source = open();
        if (rig.fail(Fault.SILENT)) {
            var hanging = Bounded.start(
                    "read()", () -> source.read(Deadline.in(patience().multipliedBy(2))));
            try {
                close(source);
            } finally {
                hanging.cancel(true);
            }
        }
    }

    // --- helpers

    private PowerSource open() {
        TestContext own = context.with(provider(), rig.settings());
        PowerSource source =
                Bounded.run(patience(), "create()", () -> provider().create(own));
        opened.add(source);
        Bounded.run(patience(), "start()", () -> {
            source.start();
            return true;
        });
        return source;
    }

    private void close(PowerSource source) {
        Bounded.run(patience(), "close()", () -> {
            source.close();
            return true;
        });
    }

    private void say(Scene scene) throws Exception {
        assertThat(rig.say(scene)).as("the rig can say %s", scene).isTrue();
    }

    private boolean tries(Scene scene) throws Exception {
        return rig.say(scene);
    }

    private Deadline deadline() {
        return Deadline.in(patience());
    }

    private PowerReading read(PowerSource source) {
        return Bounded.run(patience(), "read()", () -> source.read(deadline()));
    }

    /** Reads against a fault: in time, and with nothing that looks like news. */
    private void assertEnds(PowerSource source, Fault fault) {
        PowerReading[] answer = new PowerReading[1];
        Throwable failure = Bounded.failure(SHORT.plus(SLACK), "read() with the fault " + fault, () -> {
            answer[0] = source.read(Deadline.in(SHORT));
            return null;
        });
        if (failure != null) {
            assertThat(failure).as("how reading fails with the fault %s", fault).isInstanceOf(PowerException.class);
            return;
        }
        @Nullable PowerReading reading = answer[0];
        assertThat(reading).isNotNull();
        boolean news = reading.quality() == PowerReading.Quality.FRESH && reading.supply() != PowerSupply.UNKNOWN;
        assertThat(news)
                .as("with the fault %s, this counts as news: %s", fault, reading)
                .isFalse();
    }

    private void awaitFresh(PowerSource source, PowerSupply supply, Fault fault) {
        long end = System.nanoTime() + patience().toNanos();
        Object last = "nothing";
        while (System.nanoTime() < end) {
            try {
                PowerReading reading = read(source);
                last = reading;
                if (reading.quality() == PowerReading.Quality.FRESH && reading.supply() == supply) {
                    return;
                }
            } catch (PowerException e) {
                last = e;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new AssertionError("after the fault " + fault + " the source does not work again; it said: " + last);
    }
}
