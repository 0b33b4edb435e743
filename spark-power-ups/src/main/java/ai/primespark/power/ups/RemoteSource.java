package ai.primespark.power.ups;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A source behind a connection, of which there is one at a time. */
abstract class RemoteSource extends BaseSource {

    private final HangableWork names;
    private volatile @Nullable Wire wire;

    RemoteSource(ProviderContext context, String type, String where) {
        super(context, type, where);
        this.names = new HangableWork(name() + ": asking for the server's address", context.blocking());
    }

    /** Connects to a host; a connection from before is closed. */
    final Wire connect(String host, int port, Duration timeout, Deadline deadline) throws IOException {
        Deadline connected = deadline.orIn(timeout);
        InetAddress[] addresses = names.run(() -> InetAddress.getAllByName(host), connected);
        return connect(connected, wire -> wire.connect(addresses, port, timeout));
    }

    /** Connects in a way of the subclass; a connection from before is closed. */
    final Wire connect(Deadline deadline, Connecting way) throws IOException {
        disconnect();
        Wire made = new Wire(context().scheduler());
        wire = made;
        try {
            if (isClosed()) {
                throw new IOException("closed");
            }
            made.within(deadline, () -> {
                way.connect(made);
                return made;
            });
            return made;
        } catch (IOException e) {
            disconnect();
            throw e;
        }
    }

    /** How to connect. */
    interface Connecting {
        void connect(Wire wire) throws IOException;
    }

    final void disconnect() {
        Wire open = wire;
        wire = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    final void release() {
        disconnect();
    }
}
