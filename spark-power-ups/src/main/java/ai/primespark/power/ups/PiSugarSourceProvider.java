package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.util.List;

/** Makes sources that ask the pisugar-server of a PiSugar battery: type {@code pisugar}. */
public final class PiSugarSourceProvider implements PowerSourceProvider {

    static final Setting<Path> SOCKET = Setting.path(
                    "socket",
                    "The server's socket in the file system, such as /tmp/pisugar-server.sock; without it, host and port.")
            .optional();

    static final Setting<String> HOST = CommonSettings.host("Where pisugar-server runs.");

    static final Setting<Long> PORT = CommonSettings.port(8_423);

    /** For {@link java.util.ServiceLoader}. */
    public PiSugarSourceProvider() {}

    @Override
    public String name() {
        return "pisugar";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                SOCKET, HOST, PORT, CommonSettings.CONNECT_TIMEOUT, CommonSettings.TIMEOUT, CommonSettings.CAPACITY);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new PiSugarSource(context);
    }
}
