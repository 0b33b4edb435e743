package ai.primespark.it.agents;

import ai.primespark.it.JavaProcess;
import ai.primespark.testkit.LocalRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** What happens to one of two workers, or to what they share, while both are at work; and how it is mended. */
enum TaskFault {
    WORKER_KILLED(parts -> parts.worker().kill(), parts -> !parts.worker().isAlive()),
    WORKER_STANDS_STILL_FOR_LONGER_THAN_ITS_LEASE(
            parts -> parts.worker().pause(),
            parts -> parts.worker().isPaused(),
            parts -> parts.worker().resume(),
            true),
    SUBMITTER_KILLED(
            parts -> parts.submitter().kill(), parts -> !parts.submitter().isAlive()),
    REDIS_KILLED_AND_BACK_WITH_ITS_FILE(
            parts -> parts.redis().kill(),
            parts -> !answers(parts.redis()),
            parts -> parts.redis().startAgain(),
            false),
    REDIS_STANDS_STILL_FOR_LONGER_THAN_A_LEASE(
            parts -> parts.redis().pause(),
            parts -> !answers(parts.redis()),
            parts -> parts.redis().resume(),
            true),
    NETWORK_OF_A_WORKER_SILENT_FOR_A_MOMENT(Parts::network, TcpProxy::silence, false),
    NETWORK_OF_A_WORKER_SILENT_FOR_LONGER_THAN_ITS_LEASE(Parts::network, TcpProxy::silence, true),
    NETWORK_OF_A_WORKER_REFUSED_FOR_LONGER_THAN_ITS_LEASE(Parts::network, TcpProxy::refuse, true),
    CONNECTIONS_OF_A_WORKER_RESET(
            parts -> parts.network().reset(), parts -> parts.network().harm() > 0),
    ANSWERS_TO_A_WORKER_LOST(Parts::network, TcpProxy::loseAnswers, false),
    ANSWERS_TO_THE_SUBMITTER_LOST(Parts::submittersNetwork, TcpProxy::loseAnswers, false);

    /**
     * What can fail.
     *
     * @param worker one of two
     * @param network between this worker and Redis
     */
    record Parts(
            LocalRedis redis,
            JavaProcess worker,
            TcpProxy network,
            JavaProcess submitter,
            TcpProxy submittersNetwork) {}

    private final Consumer<Parts> infliction;
    private final Predicate<Parts> evidence;
    private final Consumer<Parts> remedy;
    private final boolean outlastsALease;

    TaskFault(Consumer<Parts> infliction, Predicate<Parts> evidence) {
        this(infliction, evidence, parts -> {}, false);
    }

    TaskFault(Function<Parts, TcpProxy> network, Consumer<TcpProxy> harm, boolean outlastsALease) {
        this(
                parts -> harm.accept(network.apply(parts)),
                parts -> network.apply(parts).harm() > 0,
                parts -> network.apply(parts).heal(),
                outlastsALease);
    }

    TaskFault(Consumer<Parts> infliction, Predicate<Parts> evidence, Consumer<Parts> remedy, boolean outlastsALease) {
        this.infliction = infliction;
        this.evidence = evidence;
        this.remedy = remedy;
        this.outlastsALease = outlastsALease;
    }

    void inflict(Parts parts) {
        infliction.accept(parts);
    }

    /** Whether it has done something to somebody, before it is healed. */
    boolean hasStruck(Parts parts) {
        return evidence.test(parts);
    }

    void heal(Parts parts) {
        remedy.accept(parts);
    }

    /** Whether it shows only when it lasts for longer than a lease. */
    boolean outlastsALease() {
        return outlastsALease;
    }

    /** How many tasks it takes for the submitter to be at work still. */
    int tasks() {
        return this == SUBMITTER_KILLED || this == ANSWERS_TO_THE_SUBMITTER_LOST ? 1_000 : 120;
    }

    private static boolean answers(LocalRedis redis) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            socket.setSoTimeout(500);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException nobodyAnswers) {
            return false;
        }
    }
}
