import org.jspecify.annotations.NullMarked;

/** Power sources: NUT servers, apcupsd, PiSugar, the Linux kernel, OSHI, files and scripts. */
@NullMarked
module ai.primespark.power.ups {
    requires transitive ai.primespark.api;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;
    // only for the type oshi; whoever wants that adds it
    requires static com.github.oshi;
    requires static org.jspecify;

    exports ai.primespark.power.ups;

    provides ai.primespark.spi.PowerSourceProvider with
            ai.primespark.power.ups.ApcupsdSourceProvider,
            ai.primespark.power.ups.ExecSourceProvider,
            ai.primespark.power.ups.FileSourceProvider,
            ai.primespark.power.ups.NutSourceProvider,
            ai.primespark.power.ups.OshiSourceProvider,
            ai.primespark.power.ups.PiSugarSourceProvider,
            ai.primespark.power.ups.SysfsSourceProvider;
}
