package ai.primespark.it.agents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Something outside of the queue that tasks write to: a file a task, which lets in no fence older than the one it holds. */
final class FencedFile {

    private final Path directory;

    FencedFile(Path directory) {
        this.directory = directory;
    }

    /** Writes, unless a newer fence has written. Locked against other processes; one call at a time in this one. */
    synchronized boolean write(String task, long fence) {
        try (FileChannel file = FileChannel.open(
                        directory.resolve(task),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                var lock = file.lock()) {
            ByteBuffer held = ByteBuffer.allocate(8);
            boolean newer = file.read(held, 0) == 8 && held.getLong(0) > fence;
            if (!newer) {
                file.write(ByteBuffer.allocate(8).putLong(0, fence), 0);
            }
            return lock.isValid() && !newer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
