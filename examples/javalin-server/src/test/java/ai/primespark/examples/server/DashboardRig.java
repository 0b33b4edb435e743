package ai.primespark.examples.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server for all tests of a class, a browser, and somebody who has just come for each. */
abstract class DashboardRig {

    @TempDir
    static Path directory;

    static DashboardServer server;
    static Visitor.Machine machine;

    Visitor visitor;

    @BeforeAll
    static void start() {
        server = new DashboardServer(directory);
        machine = Visitor.Machine.start();
    }

    @AfterAll
    static void stop() {
        machine.close();
        server.close();
    }

    @BeforeEach
    void visit() {
        visitor = machine.visit(server);
    }

    @AfterEach
    void leave() {
        visitor.close();
    }
}
