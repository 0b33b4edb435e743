/**
 * Agents that are not in Java. Each is a small HTTP server that takes a task by {@code POST /api/execute}; requests and callbacks
 * are signed (JWT, RFC 7519), and a token holds for one method, path and body only. The wire contract is written down in
 * {@code docs/agents.md}.
 */
@NullMarked
package ai.primespark.agent.http;

import org.jspecify.annotations.NullMarked;
