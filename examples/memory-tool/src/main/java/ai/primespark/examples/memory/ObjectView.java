package ai.primespark.examples.memory;

import ai.primespark.memory.ObjectStore.ObjectInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/** How an object's description is shown. */
final class ObjectView {

    private ObjectView() {}

    static void print(MemoryTool tool, ObjectInfo info) {
        if (tool.json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("object", info.name());
            fields.put("bytes", info.bytes());
            fields.put("sha256", info.sha256());
            fields.put("version", info.version().toString());
            fields.put("stored", info.storedAt().toString());
            fields.put("pinned", info.pinned());
            tool.out.println(Output.json(fields));
        } else {
            tool.out.println(info.sha256() + "  " + Output.size(info.bytes()) + "  " + info.name()
                    + (info.pinned() ? "  pinned" : ""));
        }
    }
}
