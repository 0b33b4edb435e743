package ai.primespark.power.ups;

import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads {@code /sys/class/power_supply} (kernel documentation, ABI/testing/sysfs-class-power). A driver behind a file may hang, for
 * example on its bus, so that everything is read on a thread that may be given up.
 */
final class SysfsSource extends BaseSource {

    private static final Path STANDARD = Path.of("/sys/class/power_supply");
    private static final int MAX_SUPPLIES = 64;

    private final Path root;
    private final boolean configured;
    private final Set<String> ignored;
    private final HangableWork work;

    SysfsSource(ProviderContext context) {
        super(
                context,
                "sysfs",
                context.settings()
                        .find(SysfsSourceProvider.ROOT)
                        .orElse(STANDARD)
                        .toString());
        this.configured = context.settings().find(SysfsSourceProvider.ROOT).isPresent();
        this.root = context.settings().find(SysfsSourceProvider.ROOT).orElse(STANDARD);
        this.ignored = Set.copyOf(context.settings().get(SysfsSourceProvider.IGNORE));
        this.work = new HangableWork(name() + ": reading it", context.blocking());
    }

    @Override
    PowerReading readNow(Deadline deadline) throws IOException {
        List<SysfsSupply> supplies = work.run(this::supplies, deadline);
        return SysfsJudge.reading(context().id(), context().clock().instant(), supplies);
    }

    private List<SysfsSupply> supplies() throws IOException {
        List<SysfsSupply> supplies = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
            for (Path folder : folders) {
                Path name = folder.getFileName();
                if (name == null || ignored.contains(name.toString())) {
                    continue;
                }
                SysfsSupply supply = SysfsSupply.read(folder);
                if (supply.concernsMachine()) {
                    supplies.add(supply);
                }
                if (supplies.size() == MAX_SUPPLIES) {
                    break;
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            if (configured) {
                throw failure("cannot be read: there is no such directory; check the setting root", false, e);
            }
            return List.of(); // a kernel that shows no power supplies
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        return supplies;
    }

    @Override
    void release() {}
}
