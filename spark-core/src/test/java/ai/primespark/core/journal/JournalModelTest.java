package ai.primespark.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads append, read and release at random while segments roll and are compacted; a map says what must be there. */
class JournalModelTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 200 : 6;
    private static final int STEPS = 1_500;

    @TempDir
    Path temp;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    @Test
    void theJournalHoldsWhatAMapWouldHold() throws Exception {
        long seed = System.nanoTime();
        System.out.println("JournalModelTest seed " + seed + ", " + ROUNDS + " rounds");
        JournalOptions options = new JournalOptions(1 << 20, 10_000, 8 << 10, Duration.ZERO);
        Map<Long, String> model = new ConcurrentHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (DiskJournal journal = DiskJournal.open(temp.resolve("journal"), options, new MutableClock())) {
                Map<Long, String> found = new HashMap<>();
                Map<Long, JournalEntry> handles = new HashMap<>();
                journal.replay(kind -> true, (entry, payload) -> {
                    assertThat(found.put(entry.sequence(), JournalFixture.text(payload)))
                            .isNull();
                    handles.put(entry.sequence(), entry);
                });
                assertThat(found).as("seed %d round %d", seed, round).isEqualTo(model);
                assertThat(journal.stats().entries()).isEqualTo(model.size());
                List<JournalEntry> all = new ArrayList<>(handles.values());
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Random random = new Random(seed + round * 31L + i);
                    List<JournalEntry> mine = new ArrayList<>();
                    for (int at = i; at < all.size(); at += 4) {
                        mine.add(all.get(at));
                    }
                    Thread thread = new Thread(() -> work(journal, model, mine, random));
                    thread.start();
                    threads.add(thread);
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(faults).as("seed %d round %d", seed, round).isEmpty();
                JournalStats stats = journal.stats();
                assertThat(stats.entries()).isEqualTo(model.size());
                assertThat(stats.fileBytes()).isLessThan(options.maxBytes() + 2L * options.segmentBytes());
            }
        }
    }

    private void work(DiskJournal journal, Map<Long, String> model, List<JournalEntry> mine, Random random) {
        try {
            for (int step = 0; step < STEPS; step++) {
                int dice = random.nextInt(10);
                if (dice < 5 && mine.size() < 100 || mine.isEmpty()) {
                    String text = random.nextLong() + "w".repeat(random.nextInt(1_000));
                    JournalEntry entry =
                            journal.append(1 + random.nextInt(5), JournalFixture.bytes(text), JournalFixture.soon());
                    model.put(entry.sequence(), text);
                    mine.add(entry);
                } else if (dice < 7) {
                    JournalEntry entry = mine.get(random.nextInt(mine.size()));
                    String text = JournalFixture.text(journal.read(entry));
                    if (!text.equals(model.get(entry.sequence()))) {
                        faults.add(entry + " reads " + text);
                    }
                } else { // the first entries of each thread stay, so that compaction has something to carry
                    JournalEntry entry = mine.remove(mine.size() > 10 ? 10 + random.nextInt(mine.size() - 10) : 0);
                    model.remove(entry.sequence());
                    journal.release(entry);
                }
            }
        } catch (RuntimeException e) {
            faults.add(e.toString());
        }
    }
}
