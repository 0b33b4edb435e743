/**
 * LLM backend for Ollama servers, written against the protocol of Ollama 0.33: newline-delimited JSON over HTTP/1.1. Only
 * {@link ai.primespark.llm.ollama.OllamaProvider} is public; everything else is reached through the SPI.
 */
@NullMarked
package ai.primespark.llm.ollama;

import org.jspecify.annotations.NullMarked;
