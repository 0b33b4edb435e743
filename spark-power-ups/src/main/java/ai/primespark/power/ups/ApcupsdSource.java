package ai.primespark.power.ups;

import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks an apcupsd for its {@code status} (apcupsd manual, "NIS Server / Client Configuration"): a frame is its length in two bytes,
 * big-endian, and so many bytes; the answer is a frame for each line, and an empty one at its end. A connection for each reading, as
 * {@code apcaccess} makes it.
 */
final class ApcupsdSource extends RemoteSource {

    private static final byte[] STATUS = {0, 6, 's', 't', 'a', 't', 'u', 's'};
    private static final int MAX_BYTES = 64 << 10;

    private final String host;
    private final int port;
    private final Duration connectTimeout;
    private final Duration timeout;
    private @org.jspecify.annotations.Nullable PowerReading last;

    ApcupsdSource(ProviderContext context) {
        super(
                context,
                "apcupsd",
                context.settings().get(ApcupsdSourceProvider.HOST) + ":"
                        + context.settings().get(ApcupsdSourceProvider.PORT));
        this.host = context.settings().get(ApcupsdSourceProvider.HOST);
        this.port = context.settings().get(ApcupsdSourceProvider.PORT).intValue();
        this.connectTimeout = context.settings().get(CommonSettings.CONNECT_TIMEOUT);
        this.timeout = context.settings().get(CommonSettings.TIMEOUT);
    }

    @Override
    PowerReading readNow(Deadline given) throws IOException {
        Deadline deadline = given.orIn(timeout);
        try {
            Wire wire = connect(host, port, connectTimeout, deadline);
            ApcupsdStatus status = new ApcupsdStatus(wire.within(deadline, () -> status(wire)));
            PowerReading said = status.reading(
                    context().id(),
                    context().clock().instant(),
                    CommonSettings.capacity(context().settings()));
            PowerReading known = last;
            if (!status.isOutOfTouch()) {
                last = said;
            } else if (known != null) {
                return known.toBuilder()
                        .flags(said.flags())
                        .quality(said.quality())
                        .build();
            }
            return said;
        } finally {
            disconnect();
        }
    }

    private static Map<String, String> status(Wire wire) throws IOException {
        wire.send(STATUS);
        Map<String, String> fields = new LinkedHashMap<>();
        int total = 0;
        while (true) {
            byte[] head = wire.read(2);
            int length = (head[0] & 0xff) << 8 | head[1] & 0xff;
            if (length == 0) {
                break;
            }
            total += length + 2;
            if (total > MAX_BYTES) {
                throw new IOException("the answer has more than " + MAX_BYTES + " bytes; is that apcupsd's port?");
            }
            String line = new String(wire.read(length), StandardCharsets.ISO_8859_1).strip();
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        if (!fields.containsKey("APC") && !fields.containsKey("STATUS") && !fields.containsKey("STATFLAG")) {
            throw new IOException("the answer is no status of apcupsd; is that its port?");
        }
        return fields;
    }
}
