package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Shows that the contract can fail, and that each fault breaks the rules that it should and no other. */
class VpnDriverContractSelfTest {

    private static final String SECRET = "4Gi+ZbS0lkLyCXPcEUMfJx0UuIh2z9hSMiDUg0SHS34=";

    private static VpnPublicKey key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return VpnPublicKey.of(bytes);
    }

    /** Keeps the rules. */
    static class Sound extends VpnDriverContract {
        @Override
        protected VpnDriver driver() {
            return new ScriptedVpnDriver(key(1));
        }

        @Override
        protected VpnTopology topology(int others) {
            VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/24");
            for (int i = 1; i <= others + 1; i++) {
                builder.node(VpnNode.builder("node-" + i, key(i))
                        .address("10.8.0." + i + "/24")
                        .endpoint("192.0.2." + i + ":51820")
                        .build());
            }
            return builder.build();
        }

        @Override
        protected String self() {
            return "node-1";
        }

        @Override
        protected Optional<VpnDriver> withoutTool() {
            return Optional.of(failing(VpnException.Kind.TOOL_MISSING));
        }

        @Override
        protected Optional<VpnDriver> withoutRight() {
            return Optional.of(failing(VpnException.Kind.NOT_PERMITTED));
        }

        static VpnDriver failing(VpnException.Kind kind) {
            ScriptedVpnDriver driver = new ScriptedVpnDriver(key(1));
            driver.fail(new VpnException(kind, "lacking", null));
            return driver;
        }

        @Override
        protected Optional<VpnDriver> hanging() {
            ScriptedVpnDriver driver = new ScriptedVpnDriver(key(1));
            driver.hang(true);
            return Optional.of(driver);
        }

        @Override
        protected List<String> secrets() {
            return List.of(SECRET);
        }

        @Override
        protected boolean survivesClose() {
            return false; // the tunnel is the driver
        }
    }

    static class FailsWhenUp extends Sound {
        @Override
        protected VpnDriver driver() {
            return new ScriptedVpnDriver(key(1)) {
                @Override
                public void up(Deadline deadline) {
                    if (read(deadline).isPresent()) {
                        throw new VpnException(VpnException.Kind.FAILED, "already exists", null);
                    }
                    super.up(deadline);
                }
            };
        }
    }

    static class IgnoresTheTopology extends Sound {
        @Override
        protected VpnDriver driver() {
            ScriptedVpnDriver driver = new ScriptedVpnDriver(key(1)) {
                @Override
                public void apply(VpnTopology topology, String self, Deadline deadline) {
                    var unused = publicKey(deadline);
                }
            };
            return driver.see(ScriptedVpnDriver.peer(key(2), null, 0, 0));
        }
    }

    static class SaysFailedForEverything extends Sound {
        @Override
        protected Optional<VpnDriver> withoutTool() {
            return Optional.of(failing(VpnException.Kind.FAILED));
        }
    }

    static class IgnoresDeadlines extends Sound {
        @Override
        protected Optional<VpnDriver> hanging() {
            return Optional.of(new ScriptedVpnDriver(key(1)) {
                @Override
                public Optional<Snapshot> read(Deadline deadline) {
                    while (!Thread.currentThread().isInterrupted()) {
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                    return Optional.empty();
                }
            });
        }
    }

    static class ShowsItsKey extends Sound {
        @Override
        protected VpnDriver driver() {
            return new ScriptedVpnDriver(key(1)) {
                @Override
                public void apply(VpnTopology topology, String self, Deadline deadline) {
                    try {
                        super.apply(topology, self, deadline);
                    } catch (VpnException e) {
                        throw new VpnException(e.kind(), "PrivateKey = " + SECRET + " is not of " + self, e);
                    }
                }
            };
        }
    }

    static class WorksAfterClose extends Sound {
        @Override
        protected VpnDriver driver() {
            return new ScriptedVpnDriver(key(1)) {
                @Override
                public void close() {}
            };
        }
    }

    @Test
    void aSoundDriverBreaksNothing() {
        assertThat(Contracts.brokenRules(Sound.class)).isEmpty();
    }

    @Test
    void aDriverThatFailsWhenItIsUpBreaksThatRule() {
        assertThat(Contracts.brokenRules(FailsWhenUp.class)).containsExactly("VPN-01");
    }

    @Test
    void aDriverThatIgnoresTheTopologyBreaksApplying() {
        assertThat(Contracts.brokenRules(IgnoresTheTopology.class)).containsExactly("VPN-02");
    }

    @Test
    void aDriverThatTellsNothingApartIsFound() {
        assertThat(Contracts.brokenRules(SaysFailedForEverything.class)).containsExactly("VPN-03");
    }

    @Test
    void aDriverThatIgnoresDeadlinesIsFound() {
        assertThat(Contracts.brokenRules(IgnoresDeadlines.class)).containsExactly("VPN-04");
    }

    @Test
    void aDriverThatShowsAKeyIsFound() {
        assertThat(Contracts.brokenRules(ShowsItsKey.class)).containsExactly("VPN-05");
    }

    @Test
    void aDriverThatWorksAfterCloseBreaksTheEnd() {
        assertThat(Contracts.brokenRules(WorksAfterClose.class)).containsExactly("VPN-06");
    }
}
