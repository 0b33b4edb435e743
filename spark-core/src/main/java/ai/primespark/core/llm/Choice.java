package ai.primespark.core.llm;

/** A backend to ask, and why it. */
record Choice(BackendHandle backend, String reason) {}
