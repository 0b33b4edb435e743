package ai.primespark.examples.memory;

import ai.primespark.memory.Memory;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Deletes. */
@Command(
        name = "rm",
        description = "Deletes values or objects in every tier. A tier that is down learns of it later.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RemoveCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "KEY", arity = "1..*", description = "keys, or names of objects")
    private List<String> keys = List.of();

    @Option(names = "--object", description = "objects instead of values")
    private boolean objects;

    @Option(
            names = {"-f", "--force"},
            description = "also delete what seems not to be there; then a missing key is no error")
    private boolean force;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            Memory memory = session.memory(tool.namespace);
            int code = ToolException.OK;
            for (String key : keys) {
                boolean there = force || (objects ? memory.objects().stat(key).isPresent() : memory.exists(key));
                if (there) {
                    var unused = objects ? memory.objects().delete(key) : memory.delete(key);
                } else {
                    tool.err.println(
                            "prime-spark-memory: there is no " + (objects ? "object" : "key") + " '" + key + "'");
                    code = ToolException.NOT_FOUND;
                }
            }
            session.flush(tool);
            return code;
        }
    }
}
