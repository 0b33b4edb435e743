package ai.primespark.core.agent.queue;

import ai.primespark.agent.AgentStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The agents that were heard of. Guarded by the table's lock. */
final class AgentBook {

    private static final int MOST = 10_000;
    private static final long FORGET_MILLIS = 3_600_000;

    private static final class Page {
        AgentStatus status;
        long until;

        Page(AgentStatus status, long until) {
            this.status = status;
            this.until = until;
        }
    }

    private long nextDue = TaskRecord.NEVER;
    private final Map<String, Page> pages = new LinkedHashMap<>(); // the one that was heard of longest ago is the first

    /** Takes note of an agent; true when what it could take may be different now. */
    boolean heard(AgentStatus status, long now, long life) {
        String id = status.profile().id();
        AgentStatus fresh = new AgentStatus(
                status.profile(),
                status.state(),
                status.running(),
                status.load(),
                status.power(),
                Instant.ofEpochMilli(now),
                status.types());
        Page before = pages.remove(id);
        long until = TaskRecord.plus(now, life);
        pages.put(id, new Page(fresh, until));
        if (fresh.isOnline()) {
            nextDue = Math.min(nextDue, until);
        }
        if (pages.size() > MOST) {
            pages.remove(pages.keySet().iterator().next());
        }
        return before == null
                || before.status.state() != fresh.state()
                || before.status.power() != fresh.power()
                || !before.status.types().equals(fresh.types())
                || !before.status.profile().equals(fresh.profile());
    }

    /** Marks those that are silent; true when there is a new one among them. */
    boolean markSilent(long now) {
        boolean changed = pages.values().removeIf(page -> page.until < now - FORGET_MILLIS);
        nextDue = TaskRecord.NEVER;
        for (Page page : pages.values()) {
            if (page.until <= now && page.status.isOnline()) {
                page.status = new AgentStatus(
                        page.status.profile(),
                        AgentStatus.State.OFFLINE,
                        page.status.running(),
                        page.status.load(),
                        page.status.power(),
                        page.status.lastHeartbeat(),
                        page.status.types());
                changed = true;
            } else if (page.status.isOnline()) {
                nextDue = Math.min(nextDue, page.until);
            }
        }
        return changed;
    }

    /** When the next one may fall silent; never when there is none. */
    long nextDue() {
        return nextDue;
    }

    List<AgentStatus> all() {
        List<AgentStatus> all = new ArrayList<>(pages.size());
        pages.values().forEach(page -> all.add(page.status));
        return List.copyOf(all);
    }
}
