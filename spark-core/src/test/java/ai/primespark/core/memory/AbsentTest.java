package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The near tier remembers that there is no value. */
class AbsentTest {

    private static final NamespaceOptions REMEMBERING = NamespaceOptions.DEFAULT.withAbsentLife(Duration.ofSeconds(30));

    @Test
    void tiersAreNotAskedAgainForAWhile() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.near();
            FlakyTier disk = fixture.disk("disk");
            Memory memory = fixture.memory().namespace("absent", REMEMBERING);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            long before = disk.operations();
            for (int i = 0; i < 10; i++) {
                assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
                assertThat(memory.exists("key")).isFalse();
                assertThat(memory.getAll(List.of("key"), String.class).get("key"))
                        .isInstanceOf(Lookup.Absent.class);
            }
            assertThat(disk.operations()).isEqualTo(before);
            fixture.context.clock().advance(Duration.ofSeconds(30));
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(disk.operations()).isEqualTo(before + 1);
        }
    }

    @Test
    void withoutTheOptionTiersAreAskedEachTime() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.near();
            FlakyTier disk = fixture.disk("disk");
            Memory memory = fixture.memory();
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            long before = disk.operations();
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(disk.operations()).isEqualTo(before + 1);
        }
    }

    @Test
    void anyWriteOfTheKeyHereEndsIt() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.disk("disk");
            Memory memory = fixture.memory().namespace("absent", REMEMBERING);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            memory.put("key", "value");
            assertThat(memory.find("key", String.class)).contains("value");
            memory.delete("key");
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(memory.get("cas", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(memory.putIfAbsent("cas", "value", PutOptions.DEFAULT).isStored())
                    .isTrue();
            assertThat(memory.find("cas", String.class)).contains("value");
            assertThat(memory.get("load", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(memory.getOrLoad("load", String.class, PutOptions.DEFAULT, () -> "loaded"))
                    .contains("loaded");
            assertThat(near.peek("absent", "load").isAbsent()).isFalse();
        }
    }

    @Test
    void itIsNoRecordToAnybodyElse() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            FlakyTier disk = fixture.disk("disk");
            Memory memory = fixture.memory().namespace("absent", REMEMBERING);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(near.peek("absent", "key").isAbsent()).isTrue();
            assertThat(EngineFixture.held(near, "key")).isNull();
            assertThat(memory.scan("", null, 10).entries()).isEmpty();
            assertThat(memory.persist("key")).isFalse();
            assertThat(memory.flush(Duration.ofSeconds(10))).isTrue();
            assertThat(EngineFixture.held(disk, "key")).isNull();
        }
    }

    @Test
    void unknownIsNotRemembered() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            fixture.near();
            fixture.disk("disk");
            FlakyTier cold = fixture.cloud("cold");
            Memory memory = fixture.memory().namespace("absent", REMEMBERING);
            cold.fail(TierException.Kind.TRANSIENT);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Unknown.class);
            assertThat(memory.get("key", String.class, 2)).isInstanceOf(Lookup.Unknown.class);
            cold.heal();
            assertThat(memory.get("key", String.class, 2))
                    .as("cold was not asked")
                    .isInstanceOf(Lookup.Unknown.class);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
        }
    }

    @Test
    void anotherMachinesWriteEndsItAtOnceWhereThereIsNews() throws Exception {
        try (TwoNodes nodes = new TwoNodes()) {
            Memory a = nodes.a().namespace("absent", REMEMBERING);
            Memory b = nodes.b().namespace("absent", REMEMBERING);
            assertThat(b.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            nodes.fixture.context.clock().advance(Reader.NEAR_LIFE.multipliedBy(2));
            assertThat(nodes.nearB.peek("absent", "key").isAbsent()).isTrue();
            a.put("key", "value");
            await().until(nodes::isQuiet);
            assertThat(b.find("key", String.class)).contains("value");
        }
    }

    @Test
    void withoutNewsOfASharedTierItLastsAsLongAsAnythingFromThere() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.tier(
                    "nas", Zone.EDGE, TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.LOCAL, TierTrait.ATOMIC_CAS);
            Memory memory = fixture.memory().namespace("absent", REMEMBERING);
            assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            assertThat(near.peek("absent", "key").checkAtMillis()
                            - fixture.context.clock().millis())
                    .isEqualTo(Reader.NEAR_LIFE.toMillis());
        }
    }
}
