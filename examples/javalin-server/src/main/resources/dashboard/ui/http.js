// Requests, whoever makes them: failures are thrown as what they are.

import {ApiError, Unreachable} from "./problem.js";

const PATIENCE = 30_000;

/**
 * Sends a request.
 *
 * @param {string} method
 * @param {string} path on this server
 * @param {{body?: unknown, token?: string | null, signal?: AbortSignal, stream?: boolean}} [options] `body` goes as JSON; a `stream` may
 *     take as long as it likes
 * @returns {Promise<Response>} with a status below 400
 * @throws {ApiError} for any other status
 * @throws {Unreachable} when there is no answer
 * @throws {DOMException} named AbortError when the signal says so
 */
export async function send(method, path, {body, token, signal, stream = false} = {}) {
  const headers = {Accept: stream ? "text/event-stream" : "application/json"};
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  const limit = new AbortController();
  const timer = stream ? 0 : setTimeout(() => limit.abort(), PATIENCE);
  const stop = () => limit.abort();
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    const response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: limit.signal,
      cache: "no-store",
      credentials: "omit",
    });
    if (!response.ok) {
      throw await failure(response);
    }
    return response;
  } catch (e) {
    if (e instanceof ApiError) {
      throw e;
    }
    signal?.throwIfAborted();
    throw new Unreachable(e);
  } finally {
    clearTimeout(timer);
    if (!stream) { // a stream is read later, and must still hear the signal
      signal?.removeEventListener("abort", stop);
    }
  }
}

async function failure(response) {
  let body = {};
  try {
    const json = await response.json();
    body = json && typeof json === "object" ? json : {};
  } catch {
    // a proxy's page, or nothing
  }
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError(response.status, body, Number.isNaN(retryAfter) ? null : retryAfter);
}

/** The JSON of an answer; null for none. @param {Response} response */
export async function json(response) {
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}
