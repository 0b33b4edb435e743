package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnException.Kind;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link VpnDriver} keeps; they stand in its Javadoc. Extend it in a test, with a network that the test may steer.
 * Drivers that only watch return false from {@link #steers()}, and what cannot be made to happen is left empty.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class VpnDriverContract {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);

    /** How late a call may end: what hangs is ended politely first, and machines are busy. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    private final List<VpnDriver> made = new ArrayList<>();

    /** For subclasses. */
    protected VpnDriverContract() {}

    /**
     * A new driver of the same interface each time, which is down at first, and whose first {@link VpnDriver#up} works once
     * {@link #topology} was applied.
     *
     * @return started
     */
    protected abstract VpnDriver driver();

    /**
     * Whether it can bring the network up and down and change it.
     *
     * @return true unless overridden
     */
    protected boolean steers() {
        return true;
    }

    /**
     * A network that contains this machine.
     *
     * @param others how many other nodes it has, 1 or 2; the first is the same each time
     * @return the network
     */
    protected abstract VpnTopology topology(int others);

    /**
     * This machine's name in {@link #topology}.
     *
     * @return a node's name
     */
    protected abstract String self();

    /**
     * A driver of the same interface whose tool is not installed.
     *
     * @return empty when it needs none
     */
    protected Optional<VpnDriver> withoutTool() {
        return Optional.empty();
    }

    /**
     * A driver of the same interface that lacks the right to look at it.
     *
     * @return empty when it needs none
     */
    protected Optional<VpnDriver> withoutRight() {
        return Optional.empty();
    }

    /**
     * A driver of the same interface whose tools never end.
     *
     * @return empty when it uses nothing that can hang
     */
    protected Optional<VpnDriver> hanging() {
        return Optional.empty();
    }

    /**
     * What {@link #hanging} may have left behind.
     *
     * @return processes or the like; must become empty
     */
    protected List<String> leftovers() {
        return List.of();
    }

    /**
     * Private and preshared keys that must not appear anywhere.
     *
     * @return in clear text
     */
    protected List<String> secrets() {
        return List.of();
    }

    @AfterEach
    void contractClosesDrivers() throws Exception {
        for (VpnDriver driver : made) {
            driver.close();
        }
    }

    private VpnDriver open() {
        return remember(driver());
    }

    private VpnDriver remember(VpnDriver driver) {
        made.add(driver);
        return driver;
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    private VpnDriver openAndUp() {
        VpnDriver driver = open();
        if (steers()) {
            driver.apply(topology(1), self(), soon());
            driver.up(soon());
        }
        return driver;
    }

    @Test
    @DisplayName("VPN-01 up when up and down when down are harmless; whoever only watches says so")
    void upAndDownAreHarmlessWhenRepeated() {
        VpnDriver driver = openAndUp();
        if (!steers()) {
            assertThat(kind(() -> driver.up(soon()))).as("up").isEqualTo(Kind.UNSUPPORTED);
            assertThat(kind(() -> driver.down(soon()))).as("down").isEqualTo(Kind.UNSUPPORTED);
            assertThat(kind(() -> driver.apply(topology(1), self(), soon())))
                    .as("apply")
                    .isEqualTo(Kind.UNSUPPORTED);
            return;
        }
        VpnDriver.Snapshot first = seen(driver);
        driver.up(soon());
        assertThat(peers(seen(driver))).as("peers after a second up").isEqualTo(peers(first));
        driver.down(soon());
        assertThat(driver.read(soon())).as("after down").isEmpty();
        driver.down(soon());
        assertThat(driver.read(soon())).as("after a second down").isEmpty();
    }

    @Test
    @DisplayName("VPN-02 apply takes peers in and out, keeps those that stay, and changes nothing when it fails")
    void applyChangesWhatIsDifferentOnly() {
        VpnDriver driver = openAndUp();
        if (!steers()) {
            assertThat(seen(driver).peers()).isNotEmpty();
            return;
        }
        VpnDriver.Peer stays = seen(driver).peers().get(0);
        driver.apply(topology(2), self(), soon());
        assertThat(seen(driver).peers()).as("peers of the larger network").hasSize(2);
        assertThat(seen(driver).peers().stream()
                        .filter(peer -> java.util.Objects.equals(peer.publicKey(), stays.publicKey())))
                .as("the peer that stays")
                .singleElement()
                .satisfies(peer -> {
                    assertThat(peer.handshake()).isEqualTo(stays.handshake());
                    assertThat(peer.sentBytes()).isGreaterThanOrEqualTo(stays.sentBytes());
                });
        String stranger = topology(2).peersOf(self()).get(0).name();
        Throwable refusal = Bounded.failure(PATIENCE, "apply", () -> {
            driver.apply(topology(2), stranger, soon());
            return null;
        });
        assertThat(refusal).as("applying another node's place").isInstanceOf(VpnException.class);
        assertThat(peers(seen(driver))).as("peers after that").hasSize(2);
        driver.apply(topology(1), self(), soon());
        assertThat(seen(driver).peers()).as("peers of the smaller network").hasSize(1);
    }

    @Test
    @DisplayName("VPN-03 a missing tool, a missing right and a missing interface are told apart")
    void whatIsMissingIsToldApart() {
        VpnDriver driver = openAndUp();
        VpnPublicKey peer = topology(1).peersOf(self()).get(0).publicKey();
        if (steers()) {
            withoutRight()
                    .map(this::remember)
                    .ifPresent(lacking -> assertThat(kind(() -> lacking.read(soon())))
                            .as("without the right")
                            .isEqualTo(Kind.NOT_PERMITTED));
            driver.down(soon());
            assertThat(driver.read(soon())).as("without the interface").isEmpty();
            assertThat(kind(() -> driver.reconnect(peer, soon())))
                    .as("without the interface")
                    .isEqualTo(Kind.NO_INTERFACE);
        }
        withoutTool()
                .map(this::remember)
                .ifPresent(lacking -> assertThat(kind(() -> lacking.up(soon())))
                        .as("without the tool")
                        .isEqualTo(Kind.TOOL_MISSING));
    }

    @Test
    @DisplayName("VPN-04 every call ends by its deadline and leaves no process behind")
    void everyCallEndsByItsDeadline() {
        VpnDriver ready = openAndUp();
        VpnPublicKey peer = topology(1).peersOf(self()).get(0).publicKey();
        VpnDriver driver = hanging().map(this::remember).orElse(ready);
        boolean hangs = driver != ready;
        List<Callable<?>> calls = new ArrayList<>(List.of(
                () -> driver.read(Deadline.in(SHORT)),
                () -> driver.publicKey(Deadline.in(SHORT)),
                () -> {
                    driver.reconnect(peer, Deadline.in(SHORT));
                    return null;
                },
                () -> {
                    driver.apply(topology(2), self(), Deadline.in(SHORT));
                    return null;
                },
                () -> {
                    driver.down(Deadline.in(SHORT));
                    return null;
                }));
        for (Callable<?> call : calls) {
            Throwable outcome = Bounded.failure(SHORT.plus(SLACK), "a call with a deadline", call);
            if (outcome instanceof AssertionError late) {
                throw late;
            }
            assertThat(outcome == null || outcome instanceof VpnException)
                    .as("ends well or with a VpnException, not with %s", outcome)
                    .isTrue();
            if (hangs && outcome instanceof VpnException failure) {
                assertThat(failure.kind()).as("of a tool that hangs").isEqualTo(Kind.TIMEOUT);
            }
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!leftovers().isEmpty() && System.nanoTime() - end < 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        }
        assertThat(leftovers()).as("what is left behind").isEmpty();
    }

    @Test
    @DisplayName("VPN-05 no private or preshared key is in a result or an exception")
    void secretsStayInside() {
        VpnDriver driver = openAndUp();
        VpnPublicKey peer = topology(1).peersOf(self()).get(0).publicKey();
        List<String> said = new ArrayList<>();
        said.add(String.valueOf(driver));
        said.add(String.valueOf(driver.read(soon())));
        said.add(String.valueOf(driver.publicKey(soon())));
        String stranger = topology(2).peersOf(self()).get(0).name();
        said.add(everything(Bounded.failure(PATIENCE, "apply", () -> {
            driver.apply(topology(2), stranger, soon());
            return null;
        })));
        said.add(everything(Bounded.failure(PATIENCE, "reconnect", () -> {
            driver.reconnect(peer, soon());
            return null;
        })));
        for (Optional<VpnDriver> lacking : List.of(withoutTool(), withoutRight())) {
            lacking.map(this::remember)
                    .ifPresent(one -> said.add(everything(Bounded.failure(PATIENCE, "read", () -> one.read(soon())))));
        }
        for (String secret : secrets()) {
            assertThat(said.stream().anyMatch(text -> text.contains(secret)))
                    .as("a secret shows")
                    .isFalse();
        }
    }

    @Test
    @DisplayName("VPN-06 after close every call fails with a VpnException, and closing twice is harmless")
    void nothingWorksAfterClose() throws Exception {
        VpnDriver driver = openAndUp();
        Optional<VpnDriver.Snapshot> before = driver.read(soon());
        driver.close();
        driver.close();
        VpnPublicKey peer = topology(1).peersOf(self()).get(0).publicKey();
        assertThat(kind(() -> driver.read(soon()))).as("read").isNotNull();
        assertThat(kind(() -> driver.publicKey(soon()))).as("publicKey").isNotNull();
        assertThat(kind(() -> driver.up(soon()))).as("up").isNotNull();
        assertThat(kind(() -> driver.down(soon()))).as("down").isNotNull();
        assertThat(kind(() -> driver.apply(topology(1), self(), soon())))
                .as("apply")
                .isNotNull();
        assertThat(kind(() -> driver.reconnect(peer, soon()))).as("reconnect").isNotNull();
        if (survivesClose()) {
            assertThat(open().read(soon()).isPresent())
                    .as("the tunnel stays as it was")
                    .isEqualTo(before.isPresent());
        }
    }

    /**
     * Whether another driver of the same interface sees it after one was closed.
     *
     * @return true unless overridden
     */
    protected boolean survivesClose() {
        return true;
    }

    private static VpnDriver.Snapshot seen(VpnDriver driver) {
        return driver.read(soon()).orElseGet(() -> fail("the interface is not up"));
    }

    private static List<@Nullable VpnPublicKey> peers(VpnDriver.Snapshot snapshot) {
        List<@Nullable VpnPublicKey> keys = new ArrayList<>();
        snapshot.peers().forEach(peer -> keys.add(peer.publicKey()));
        return keys;
    }

    private static Kind kind(Runnable call) {
        Throwable failure = Bounded.failure(PATIENCE, "a call", () -> {
            call.run();
            return null;
        });
        if (failure instanceof VpnException known) {
            return known.kind();
        }
        throw new AssertionError("ended with " + failure + " instead of a VpnException", failure);
    }

    private static String everything(@Nullable Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable one = failure; one != null; one = one.getCause()) {
            text.append(one).append('\n');
            for (Throwable beside : one.getSuppressed()) {
                text.append(beside).append('\n');
            }
        }
        return text.toString();
    }
}
