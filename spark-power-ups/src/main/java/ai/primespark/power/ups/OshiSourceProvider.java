package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;

/**
 * Makes sources that ask the operating system by way of OSHI: type {@code oshi}, for batteries of machines that are not Linux. The
 * application brings {@code com.github.oshi:oshi-core} along. On Linux, {@code sysfs} knows more.
 */
public final class OshiSourceProvider implements PowerSourceProvider {

    /** For {@link java.util.ServiceLoader}. */
    public OshiSourceProvider() {}

    @Override
    public String name() {
        return "oshi";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public PowerSource create(ProviderContext context) {
        try {
            var unused = Class.forName("oshi.SystemInfo", false, OshiSourceProvider.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "the type oshi needs a library that is not there; add com.github.oshi:oshi-core to the application",
                    e);
        }
        return new OshiSource(context);
    }
}
