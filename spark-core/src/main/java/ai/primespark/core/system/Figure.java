package ai.primespark.core.system;

/** What is measured of the machine and of this process. */
enum Figure {
    /** How busy all processors were since the sample before, in percent. */
    CPU("cpu_percent", "spark.system.cpu"),
    /** Runnable threads for each processor over the last minute. */
    LOAD("load", "spark.system.load"),
    /** Memory that programs hold, in percent; what the system would give back is not among it. */
    MEMORY("memory_percent", "spark.system.memory"),
    /** Memory that programs can still get, in bytes. */
    MEMORY_AVAILABLE("memory_available_gb", "spark.system.memory.available", 1L << 30),
    /** Used swap space, in percent. */
    SWAP("swap_percent", "spark.system.swap"),
    /** How full the disk of the data directory is, in percent, as {@code df} counts. */
    DISK("disk_percent", "spark.system.disk"),
    /** What this process can still write there, in bytes. */
    DISK_FREE("disk_free_gb", "spark.system.disk.free", 1L << 30),
    /** The hottest processor, in degrees Celsius. */
    TEMPERATURE("cpu_celsius", "spark.system.temperature"),
    /** 1 while a Raspberry Pi's supply gives too little voltage. */
    UNDER_VOLTAGE("under_voltage", "spark.system.undervoltage"),
    /** Since the machine was started, in seconds. */
    UPTIME("uptime_seconds", "spark.system.uptime"),
    /** How busy this process kept all processors, in percent of them. */
    PROCESS_CPU("process_cpu_percent", "spark.system.process.cpu"),
    /** What this process holds of the memory, in bytes. */
    PROCESS_MEMORY("process_rss_mb", "spark.system.process.rss", 1L << 20),
    /** How full the Java heap is, garbage included, in percent of what it may be. */
    PROCESS_HEAP("process_heap_percent", "spark.system.process.heap"),
    /** Files and connections that this process has open. */
    PROCESS_FILES("open_files", "spark.system.process.files"),
    /** How many it may have open. */
    PROCESS_FILES_LIMIT("open_files_limit", "spark.system.process.files.limit"),
    /** Its platform threads. */
    PROCESS_THREADS("threads", "spark.system.process.threads"),
    /** Since this process was started, in seconds. */
    PROCESS_UPTIME("process_uptime_seconds", "spark.system.process.uptime");

    private final String metric;
    private final String meter;
    private final double unit;

    Figure(String metric, String meter) {
        this(metric, meter, 1);
    }

    Figure(String metric, String meter, double unit) {
        this.metric = metric;
        this.meter = meter;
        this.unit = unit;
    }

    /** Its name in reports. */
    String metric() {
        return metric;
    }

    /** Its name as a meter, which has the unit that is documented above. */
    String meter() {
        return meter;
    }

    /** What a report says, which counts bytes in larger units. */
    double inReport(double value) {
        return Math.round(value / unit * 100) / 100.0;
    }
}
