/**
 * The backend for servers that speak the OpenAI protocol: llama.cpp, vLLM, LM Studio, LocalAI, OpenRouter, OpenAI itself and others.
 * {@link ai.primespark.llm.openai.OpenAiProvider} lists its settings.
 */
@NullMarked
package ai.primespark.llm.openai;

import org.jspecify.annotations.NullMarked;
