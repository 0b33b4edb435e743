package ai.primespark.examples.memory;

import ai.primespark.memory.Memory;
import ai.primespark.memory.ScanPage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Lists keys, objects or namespaces. */
@Command(
        name = "ls",
        description = "Lists keys with their size, their tiers and when they end; with --json one object a line.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ListCommand implements Callable<Integer> {

    private static final int PAGE = 1_000;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "PREFIX", arity = "0..1", description = "what the keys begin with")
    private String prefix = "";

    @Option(
            names = {"-l", "--long"},
            description = "also version, size, expiry and tiers")
    private boolean detailed;

    @Option(names = "--limit", paramLabel = "N", description = "stop after so many")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--objects", description = "objects instead of values")
    private boolean objects;

    @Option(names = "--namespaces", description = "the namespaces that this data directory knows")
    private boolean namespaces;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            if (namespaces) {
                session.admin()
                        .namespaces()
                        .forEach((name, options) -> tool.out.println(
                                tool.json
                                        ? Output.json(Map.of(
                                                "namespace",
                                                name,
                                                "reach",
                                                options.reach().name()))
                                        : name + "  reach " + options.reach()));
                return ToolException.OK;
            }
            return list(session.memory(tool.namespace));
        }
    }

    private int list(Memory memory) {
        Set<String> missing = new LinkedHashSet<>();
        String cursor = null;
        long left = limit;
        do {
            int most = (int) Math.min(PAGE, left);
            ScanPage page = objects ? memory.objects().list(prefix, cursor, most) : memory.scan(prefix, cursor, most);
            missing.addAll(page.missingTiers());
            for (ScanPage.Entry entry : page.entries()) {
                if (left-- <= 0) {
                    break;
                }
                print(entry);
            }
            cursor = page.next();
        } while (cursor != null && left > 0);
        if (!missing.isEmpty()) {
            tool.out.flush();
            throw new ToolException(
                    ToolException.UNKNOWN,
                    "keys may be missing, because these tiers could not be asked: " + String.join(", ", missing));
        }
        return ToolException.OK;
    }

    private void print(ScanPage.Entry entry) {
        if (tool.json) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("key", entry.key());
            fields.put("version", entry.version().toString());
            fields.put("bytes", entry.bytes());
            fields.put("expires", entry.expiresAt().map(Object::toString).orElse(null));
            fields.put("tiers", entry.tiers());
            tool.out.println(Output.json(fields));
        } else if (detailed) {
            List<String> cells = new ArrayList<>(
                    List.of(entry.version().toString(), Output.size(entry.bytes()), String.join(",", entry.tiers())));
            cells.add(entry.expiresAt().map(Object::toString).orElse("never"));
            cells.add(entry.key());
            tool.out.println(String.join("  ", cells));
        } else {
            tool.out.println(entry.key());
        }
    }
}
