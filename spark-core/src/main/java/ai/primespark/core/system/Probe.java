package ai.primespark.core.system;

import java.util.Map;

/** Measures what it can. For one thread at a time. */
interface Probe {

    /** Who measures, for people. */
    String name();

    /** Puts in what it knows, in place of what others said; leaves the rest alone. */
    void measure(Map<Figure, Double> figures);
}
