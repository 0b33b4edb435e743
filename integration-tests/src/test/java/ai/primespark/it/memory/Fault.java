package ai.primespark.it.memory;

import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import ai.primespark.testkit.S3Fault;
import ai.primespark.testkit.S3Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What goes wrong with one of the lab's tiers while processes use it, and how it is mended. */
enum Fault {
    REDIS_KILLED_AND_EMPTY {
        @Override
        void inflict(Lab lab) {
            lab.redis.kill();
        }

        @Override
        void heal(Lab lab) {
            lab.redis.startAgain();
        }
    },
    REDIS_HUNG {
        @Override
        void inflict(Lab lab) {
            lab.redis.pause();
        }

        @Override
        void heal(Lab lab) {
            lab.redis.resume();
        }
    },
    REDIS_SLOW {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("CLIENT", "PAUSE", "1500", "ALL");
        }

        @Override
        void heal(Lab lab) {
            String unused = lab.redis.command("CLIENT", "UNPAUSE");
        }
    },
    REDIS_FLUSHED {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("FLUSHALL");
        }

        @Override
        void heal(Lab lab) {
            String unused = lab.redis.command("FLUSHALL");
        }
    },
    REDIS_EVICTS_EVERYTHING {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("CONFIG", "SET", "maxmemory", "1mb");
            unused = lab.redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
        }

        @Override
        void heal(Lab lab) {
            String unused = lab.redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
            unused = lab.redis.command("CONFIG", "SET", "maxmemory", "0");
        }
    },
    REDIS_FULL {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
            unused = lab.redis.command("CONFIG", "SET", "maxmemory", "1");
        }

        @Override
        void heal(Lab lab) {
            String unused = lab.redis.command("CONFIG", "SET", "maxmemory", "0");
        }
    },
    REDIS_READ_ONLY {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("REPLICAOF", "127.0.0.1", "1");
        }

        @Override
        void heal(Lab lab) {
            String unused = lab.redis.command("REPLICAOF", "NO", "ONE");
        }
    },
    REDIS_CONNECTIONS_CUT {
        @Override
        void inflict(Lab lab) {
            String unused = lab.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }

        @Override
        void heal(Lab lab) {
            inflict(lab);
        }
    },
    NAS_FROZEN {
        @Override
        void inflict(Lab lab) throws IOException {
            lab.nas.freeze();
        }

        /** The kernel ends it only when its last write is done, which is after the thaw. */
        @Override
        void kill(Lab lab, JavaProcess worker) throws IOException {
            worker.signalKill();
            lab.nas.thaw();
            int unused = worker.await();
            lab.nas.freeze();
        }

        @Override
        void heal(Lab lab) throws IOException {
            lab.nas.thaw();
        }
    },
    NAS_UNMOUNTED {
        @Override
        void inflict(Lab lab) throws IOException {
            lab.nas.unmount();
        }

        @Override
        void heal(Lab lab) throws IOException {
            try (Stream<Path> below = Files.list(lab.nas.mountPoint())) {
                List<Path> strays = below.toList();
                if (!strays.isEmpty()) {
                    throw new AssertionError("written below the unmounted mount point: " + strays);
                }
            }
            lab.nas.mount();
        }
    },
    NAS_READ_ONLY {
        @Override
        void inflict(Lab lab) {
            // the kernel refuses at a moment at which a file is open for writing
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(5))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> {
                        lab.nas.remount(true);
                        return true;
                    });
        }

        @Override
        void heal(Lab lab) throws IOException {
            lab.nas.remount(false);
        }
    },
    NAS_FULL {
        @Override
        void inflict(Lab lab) throws IOException {
            Path ballast = lab.nas.mountPoint().resolve("ballast");
            byte[] piece = new byte[1 << 16];
            try (var out = Files.newOutputStream(ballast)) {
                while (true) {
                    out.write(piece);
                }
            } catch (IOException full) {
                if (Files.size(ballast) == 0) {
                    throw full;
                }
            }
        }

        @Override
        void heal(Lab lab) throws IOException {
            Files.deleteIfExists(lab.nas.mountPoint().resolve("ballast"));
        }
    },
    NAS_LOSES_ITS_RECORDS {
        @Override
        void inflict(Lab lab) throws IOException {
            for (Path record : lab.nasRecords()) {
                Files.deleteIfExists(record);
            }
        }

        @Override
        boolean needsRepair() {
            return true;
        }
    },
    NAS_COMES_BACK_STALE {
        @Override
        void prepare(Lab lab) throws IOException {
            kept.clear();
            for (Path record : lab.nasRecords()) {
                kept.put(record, Files.readAllBytes(record));
            }
        }

        @Override
        void inflict(Lab lab) throws IOException {
            lab.nas.unmount();
        }

        @Override
        void heal(Lab lab) throws IOException {
            lab.nas.mount();
            for (Path record : lab.nasRecords()) {
                Files.deleteIfExists(record);
            }
            for (Map.Entry<Path, byte[]> old : kept.entrySet()) {
                Path aside = Files.write(old.getKey().resolveSibling("restored.tmp"), old.getValue());
                Files.move(aside, old.getKey(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        }

        @Override
        boolean needsRepair() {
            return true;
        }
    },
    S3_BLACK_HOLE {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.blackHole());
        }
    },
    S3_BUSY {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.error(503, "SlowDown"));
        }
    },
    S3_SLOW {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.slowBody(16, Duration.ofMillis(100)));
        }
    },
    S3_CUTS_BODIES {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.cutBody(20));
        }
    },
    S3_RESETS_AFTER_THE_DEED {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.resetAfter());
        }
    },
    S3_FULL {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(S3Operation.PUT_OBJECT, Integer.MAX_VALUE, S3Fault.error(507, "InsufficientStorage"));
        }
    },
    S3_READ_ONLY {
        @Override
        void inflict(Lab lab) {
            lab.s3.inject(S3Operation.PUT_OBJECT, Integer.MAX_VALUE, S3Fault.error(403, "AccessDenied"));
        }
    },
    S3_LOSES_ITS_RECORDS {
        @Override
        void inflict(Lab lab) {
            lab.s3.dropBucket(Lab.BUCKET);
            lab.s3.createBucket(Lab.BUCKET);
        }

        @Override
        boolean needsRepair() {
            return true;
        }
    },
    S3_COMES_BACK_STALE {
        @Override
        void prepare(Lab lab) {
            kept.clear();
            for (String name : lab.s3.objects(Lab.BUCKET)) {
                kept.put(Path.of("/" + name), lab.s3.content(Lab.BUCKET, name));
            }
        }

        @Override
        void inflict(Lab lab) throws IOException {
            S3_BLACK_HOLE.inflict(lab);
        }

        @Override
        void heal(Lab lab) throws IOException {
            super.heal(lab);
            lab.s3.dropBucket(Lab.BUCKET);
            lab.s3.createBucket(Lab.BUCKET);
            kept.forEach(
                    (name, content) -> lab.s3.put(Lab.BUCKET, name.toString().substring(1), content));
        }

        @Override
        boolean needsRepair() {
            return true;
        }
    };

    final Map<Path, byte[]> kept = new HashMap<>();

    /** While everything is well still. */
    void prepare(Lab lab) throws IOException {}

    /** From now on it is broken. */
    abstract void inflict(Lab lab) throws IOException;

    /** Ends a process while it is broken, and leaves it broken. */
    void kill(Lab lab, JavaProcess worker) throws IOException {
        worker.kill();
    }

    /** It works again, though perhaps with other content. */
    void heal(Lab lab) throws IOException {
        lab.s3.heal();
    }

    /** Whether a tier has lost what it had confirmed, which only a comparison of the tiers mends. */
    boolean needsRepair() {
        return false;
    }

    /** Whether it is worth a try with processes that meet it at their start. */
    boolean canBeThereAtTheStart() {
        return switch (this) {
            case REDIS_KILLED_AND_EMPTY, REDIS_HUNG, NAS_FROZEN, NAS_UNMOUNTED, S3_BLACK_HOLE -> true;
            default -> false;
        };
    }
}
