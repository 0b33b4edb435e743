package ai.primespark.agent.redis;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskScope;
import ai.primespark.power.PowerProfile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Agents' statuses and pauses in bytes and text. */
final class Statuses {

    private static final int FORMAT = 1;

    private Statuses() {}

    static byte[] encode(AgentStatus status) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            AgentProfile profile = status.profile();
            out.writeByte(FORMAT);
            out.writeUTF(profile.type());
            out.writeInt(profile.slots());
            texts(out, profile.capabilities());
            out.writeInt(profile.labels().size());
            for (Map.Entry<String, String> label : profile.labels().entrySet()) {
                out.writeUTF(label.getKey());
                out.writeUTF(label.getValue());
            }
            out.writeInt(profile.resources().size());
            for (Map.Entry<String, Double> resource : profile.resources().entrySet()) {
                out.writeUTF(resource.getKey());
                out.writeDouble(resource.getValue());
            }
            out.writeUTF(status.state().name());
            out.writeInt(status.running());
            out.writeDouble(status.load());
            out.writeUTF(status.power().name());
            texts(out, status.types());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static AgentStatus decode(String id, byte[] bytes, Instant heard, boolean offline) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readUnsignedByte() != FORMAT) {
                throw new IllegalStateException("agent " + id
                        + " runs a newer program; use the same version of Prime Spark" + " on all machines of a queue");
            }
            AgentProfile.Builder profile =
                    AgentProfile.builder(id).type(in.readUTF()).slots(in.readInt());
            profile.capabilities(texts(in).toArray(String[]::new));
            for (int i = in.readInt(); i > 0; i--) {
                profile.label(in.readUTF(), in.readUTF());
            }
            for (int i = in.readInt(); i > 0; i--) {
                profile.resource(in.readUTF(), in.readDouble());
            }
            AgentStatus.State state = AgentStatus.State.valueOf(in.readUTF());
            int running = in.readInt();
            double load = in.readDouble();
            PowerProfile power = PowerProfile.valueOf(in.readUTF());
            return new AgentStatus(
                    profile.build(),
                    offline ? AgentStatus.State.OFFLINE : state,
                    running,
                    load,
                    power,
                    heard,
                    texts(in));
        } catch (IOException e) {
            throw new IllegalStateException("the status of agent " + id + " is damaged in the queue", e);
        }
    }

    private static void texts(DataOutputStream out, Collection<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    private static Set<String> texts(DataInputStream in) throws IOException {
        Set<String> texts = new HashSet<>();
        for (int i = in.readInt(); i > 0; i--) {
            texts.add(in.readUTF());
        }
        return texts;
    }

    static String text(TaskScope scope) {
        if (scope instanceof TaskScope.OfType type) {
            return "type " + type.type();
        }
        if (scope instanceof TaskScope.UpTo upTo) {
            return "up-to " + upTo.highest().name();
        }
        if (scope instanceof TaskScope.OnAgent agent) {
            return "agent " + agent.agentId();
        }
        return "all";
    }

    static TaskScope scope(String text) {
        int space = text.indexOf(' ');
        String rest = text.substring(space + 1);
        return switch (space < 0 ? text : text.substring(0, space)) {
            case "all" -> new TaskScope.All();
            case "type" -> new TaskScope.OfType(rest);
            case "up-to" -> new TaskScope.UpTo(Priority.valueOf(rest));
            case "agent" -> new TaskScope.OnAgent(rest);
            default -> throw new IllegalStateException("the queue holds a pause that is not known: " + text);
        };
    }
}
