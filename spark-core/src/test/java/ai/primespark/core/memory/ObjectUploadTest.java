package ai.primespark.core.memory;

import static ai.primespark.core.memory.ObjectFixture.bytes;
import static ai.primespark.core.memory.ObjectFixture.sha256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.ObjectConflictException;
import ai.primespark.memory.ObjectContent;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.ObjectUpload;
import ai.primespark.memory.UploadException;
import ai.primespark.memory.WriteResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Uploads that come in pieces, and writes that have a condition. */
@Timeout(120)
class ObjectUploadTest {

    private static final int SIZE = 3 * ObjectFixture.CHUNK + 5;

    private final ObjectFixture fixture = new ObjectFixture();
    private final byte[] content = bytes(7, SIZE);

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private InputStream piece(int from, int to) {
        return new ByteArrayInputStream(content, from, to - from);
    }

    /** Gives some bytes and then fails, as a connection does. */
    private InputStream broken(int from, int to) {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the connection is gone");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        };
        return new SequenceInputStream(piece(from, to), failing);
    }

    private static void refused(UploadException.Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        UploadException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private Path part(ObjectUpload upload) {
        return fixture.path("engine").resolve("objects/uploads").resolve(upload.id() + ".part");
    }

    private static byte[] read(ObjectStore objects, String name) throws IOException {
        try (InputStream in = objects.read(name, 0, -1)) {
            return in.readAllBytes();
        }
    }

    @Test
    void piecesBecomeAnObjectOnceTheyAreFinished() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload upload = objects.beginUpload("a/b", SIZE);

        assertThat(upload.append(0, piece(0, 100))).isEqualTo(100);
        assertThat(upload.append(100, piece(100, SIZE))).isEqualTo(SIZE);
        assertThat(objects.stat("a/b")).isEmpty();
        ObjectInfo stored = upload.finish(done -> {});

        assertThat(stored.sha256()).isEqualTo(sha256(content));
        assertThat(objects.stat("a/b")).contains(stored);
        assertThat(read(objects, "a/b")).isEqualTo(content);
        assertThat(upload.finish(done -> {})).isEqualTo(stored);
        assertThat(upload.append(SIZE, piece(0, 0))).isEqualTo(SIZE);
        assertThat(objects.findUpload(upload.id()).orElseThrow().stored()).contains(stored);
        assertThat(part(upload)).doesNotExist();
    }

    @Test
    void whatCameBeforeABreakIsKeptAlsoOverARestart() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload upload = objects.beginUpload("big", SIZE);

        assertThatThrownBy(() -> upload.append(0, broken(0, 300_000))).isInstanceOf(IOException.class);
        assertThat(upload.offset()).isEqualTo(300_000);
        fixture.stop();
        Files.write(part(upload), bytes(8, 77), StandardOpenOption.APPEND); // written, but never synced
        ObjectStore again = fixture.start().objects();
        ObjectUpload found = again.findUpload(upload.id()).orElseThrow();

        assertThat(found.offset()).isEqualTo(300_000);
        assertThat(found.name()).isEqualTo("big");
        assertThat(found.append(300_000, piece(300_000, SIZE))).isEqualTo(SIZE);
        assertThat(found.finish(done -> {}).sha256()).isEqualTo(sha256(content));
        fixture.stop();
        assertThat(fixture.start()
                        .objects()
                        .findUpload(upload.id())
                        .orElseThrow()
                        .stored())
                .as("remembered, for a client that lost the answer")
                .isPresent();
    }

    @Test
    void piecesThatDoNotFitAreRefused() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload upload = objects.beginUpload("x", 1_000);
        upload.append(0, piece(0, 400));

        refused(UploadException.Kind.WRONG_OFFSET, () -> upload.append(0, piece(0, 400)));
        refused(UploadException.Kind.WRONG_OFFSET, () -> upload.append(500, piece(0, 400)));
        refused(UploadException.Kind.WRONG_OFFSET, () -> upload.finish(done -> {}));
        refused(UploadException.Kind.TOO_LARGE, () -> upload.append(400, piece(400, 1_001)));
        refused(UploadException.Kind.TOO_LARGE, () -> objects.beginUpload("x", Long.MAX_VALUE));
        assertThat(upload.append(400, piece(400, 1_000))).isEqualTo(1_000);
        assertThat(upload.finish(done -> {}).sha256()).isEqualTo(sha256(Arrays.copyOf(content, 1_000)));
    }

    @Test
    void twoCannotWorkOnOneUploadAtOnce() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload upload = objects.beginUpload("x", 10);
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        InputStream slow = new InputStream() {
            @Override
            public int read() throws IOException {
                reading.countDown();
                try {
                    assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        };
        var first = fixture.context.blocking();
        CountDownLatch ended = new CountDownLatch(1);
        first.execute(() -> {
            try {
                upload.append(0, slow);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } finally {
                ended.countDown();
            }
        });
        assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();

        refused(UploadException.Kind.BUSY, () -> upload.append(0, piece(0, 10)));
        refused(UploadException.Kind.BUSY, upload::abort);
        go.countDown();
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(upload.append(0, piece(0, 10))).isEqualTo(10);
    }

    @Test
    void anAbortedUploadLeavesNothing() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload upload = objects.beginUpload("x", 1_000);
        upload.append(0, piece(0, 400));

        upload.abort();
        upload.abort();

        assertThat(objects.findUpload(upload.id())).isEmpty();
        refused(UploadException.Kind.GONE, () -> upload.append(400, piece(400, 1_000)));
        try (Stream<Path> left = Files.list(part(upload).getParent())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void anUploadThatRestsForADayIsForgotten() throws Exception {
        ObjectUpload upload = fixture.start().objects().beginUpload("x", 1_000);
        upload.append(0, piece(0, 400));
        fixture.stop();

        ObjectStore next = fixture.later(Duration.ofHours(23)).start().objects();
        assertThat(next.findUpload(upload.id())).isPresent();
        fixture.stop();
        ObjectStore later = fixture.later(Duration.ofHours(2)).start().objects();

        assertThat(later.findUpload(upload.id())).isEmpty();
        assertThat(part(upload)).doesNotExist();
    }

    @Test
    void thereCannotBeUploadsWithoutEnd() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectUpload first = objects.beginUpload("0", 1);
        for (int i = 1; i < 64; i++) {
            assertThat(objects.beginUpload("n" + i, 1).offset()).isZero();
        }

        refused(UploadException.Kind.TOO_MANY, () -> objects.beginUpload("one more", 1));
        first.abort();
        assertThat(objects.beginUpload("one more", 1).name()).isEqualTo("one more");
    }

    @Test
    void anUploadBelongsToItsNamespace() throws Exception {
        var memory = fixture.start();
        ObjectUpload upload = memory.objects().beginUpload("x", 1);

        assertThat(memory.namespace("other").objects().findUpload(upload.id())).isEmpty();
        assertThat(memory.objects().findUpload("../../etc/passwd")).isEmpty();
    }

    @Test
    void anEmptyObjectNeedsNoPiece() throws Exception {
        ObjectStore objects = fixture.start().objects();

        ObjectInfo stored = objects.beginUpload("empty", 0).finish(done -> {});

        assertThat(stored.bytes()).isZero();
        assertThat(read(objects, "empty")).isEmpty();
    }

    @Test
    void aConditionalUploadReplacesOnlyWhatItExpects() throws Exception {
        ObjectStore objects = fixture.start().objects();

        ObjectInfo first = objects.uploadIf("x", piece(0, 10), 10, done -> {}, null);
        assertThatThrownBy(() -> objects.uploadIf("x", piece(10, 20), 10, done -> {}, null))
                .isInstanceOfSatisfying(
                        ObjectConflictException.class,
                        e -> assertThat(e.currentVersion()).contains(first.version()));
        ObjectInfo second = objects.uploadIf("x", piece(20, 30), 10, done -> {}, first.version());
        assertThatThrownBy(() -> objects.uploadIf("x", piece(30, 40), 10, done -> {}, first.version()))
                .isInstanceOf(ObjectConflictException.class);

        assertThat(objects.stat("x")).contains(second);
        assertThat(read(objects, "x")).isEqualTo(Arrays.copyOfRange(content, 20, 30));
        assertThat(objects.deleteIf("x", first.version())).isInstanceOf(WriteResult.Conflict.class);
        assertThat(objects.stat("x")).isPresent();
        assertThat(objects.deleteIf("x", second.version()).isStored()).isTrue();
        assertThat(objects.stat("x")).isEmpty();
    }

    @Test
    void whatIsOpenKeepsItsVersion() throws Exception {
        ObjectStore objects = fixture.start().objects();
        ObjectInfo first = objects.upload("x", piece(0, SIZE), SIZE, done -> {});

        try (ObjectContent open = objects.find("x").orElseThrow()) {
            ObjectInfo second = objects.upload("x", piece(5, 10), 5, done -> {});

            assertThat(open.info()).isEqualTo(first).isNotEqualTo(second);
            assertThat(Channels.newInputStream(open).readAllBytes()).isEqualTo(content);
        }
        assertThat(objects.find("nothing")).isEmpty();
    }
}
