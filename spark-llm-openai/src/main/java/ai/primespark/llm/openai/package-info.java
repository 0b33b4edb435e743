/**
 * The place of the backend for servers that speak the OpenAI protocol: llama.cpp, vLLM, LM Studio, OpenRouter
 * and others. This version ships no provider yet: the module holds only this package, is not in the BOM and is
 * not published.
 */
@NullMarked
package ai.primespark.llm.openai;

import org.jspecify.annotations.NullMarked;
