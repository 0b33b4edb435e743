package com.example.plugin;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.ScriptedLlmBackend;
import ai.primespark.testkit.TestContext;

/** A contract used from a package of somebody else's, with access to nothing but the public API. */
class ForeignPluginTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        return new ScriptedLlmBackend(context.id(), Zone.TRUSTED);
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("hello").build();
    }
}
