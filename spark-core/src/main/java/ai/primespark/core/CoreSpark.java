package ai.primespark.core;

import ai.primespark.PrimeSpark;
import ai.primespark.SystemInfo;
import ai.primespark.agent.Agents;
import ai.primespark.auth.Auth;
import ai.primespark.core.agent.AgentsEngine;
import ai.primespark.core.auth.AuthEngine;
import ai.primespark.core.health.HealthService;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.core.memory.MemoryEngine;
import ai.primespark.core.power.PowerEngine;
import ai.primespark.core.runtime.EventBus;
import ai.primespark.core.runtime.Lifecycle;
import ai.primespark.core.vpn.VpnEngine;
import ai.primespark.event.SparkEvents;
import ai.primespark.health.Health;
import ai.primespark.llm.Llm;
import ai.primespark.memory.Memory;
import ai.primespark.power.Power;
import ai.primespark.vpn.Vpn;
import java.time.Duration;

/** The running instance. */
final class CoreSpark implements PrimeSpark {

    private final Memory memory;
    private final LlmEngine llm;
    private final AgentsEngine agents;
    private final PowerEngine power;
    private final VpnEngine vpn;
    private final AuthEngine auth;
    private final HealthService health;
    private final EventBus events;
    private final SystemInfo info;
    private final Lifecycle lifecycle;
    private final Duration closeTimeout;

    CoreSpark(
            MemoryEngine memory,
            LlmEngine llm,
            AgentsEngine agents,
            PowerEngine power,
            VpnEngine vpn,
            AuthEngine auth,
            HealthService health,
            EventBus events,
            SystemInfo info,
            Lifecycle lifecycle,
            Duration closeTimeout) {
        this.memory = memory.memory();
        this.llm = llm;
        this.agents = agents;
        this.power = power;
        this.vpn = vpn;
        this.auth = auth;
        this.health = health;
        this.events = events;
        this.info = info;
        this.lifecycle = lifecycle;
        this.closeTimeout = closeTimeout;
    }

    @Override
    public Memory memory() {
        return memory;
    }

    @Override
    public Llm llm() {
        return llm;
    }

    @Override
    public Agents agents() {
        return agents;
    }

    @Override
    public Power power() {
        return power;
    }

    @Override
    public Vpn vpn() {
        return vpn;
    }

    @Override
    public Auth auth() {
        return auth;
    }

    @Override
    public Health health() {
        return health;
    }

    @Override
    public SparkEvents events() {
        return events;
    }

    @Override
    public SystemInfo info() {
        return info;
    }

    @Override
    public void close() {
        lifecycle.close(closeTimeout);
    }

    @Override
    public String toString() {
        return "PrimeSpark[" + info.nodeId() + (lifecycle.isClosed() ? ", closed]" : "]");
    }
}
