package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.List;

/** Makes sources that ask an apcupsd over its Network Information Server: type {@code apcupsd}. */
public final class ApcupsdSourceProvider implements PowerSourceProvider {

    static final Setting<String> HOST =
            CommonSettings.host("Where apcupsd runs, with NETSERVER on in its apcupsd.conf.");

    static final Setting<Long> PORT = CommonSettings.port(3_551);

    /** For {@link java.util.ServiceLoader}. */
    public ApcupsdSourceProvider() {}

    @Override
    public String name() {
        return "apcupsd";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(HOST, PORT, CommonSettings.CONNECT_TIMEOUT, CommonSettings.TIMEOUT, CommonSettings.CAPACITY);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new ApcupsdSource(context);
    }
}
