import org.jspecify.annotations.NullMarked;

/** The last backend behind the router: answers from stored documents when no model can. */
@NullMarked
module ai.primespark.llm.recall {
    requires transitive ai.primespark.api;
    requires java.logging;
    requires org.apache.lucene.analysis.common;
    requires org.apache.lucene.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports ai.primespark.llm.recall;

    provides ai.primespark.spi.LlmBackendProvider with
            ai.primespark.llm.recall.RecallProvider;
}
