// The server's calls, made for whoever is logged in.

import {json, send} from "./http.js";
import {ApiError, Unreachable} from "./problem.js";
import {session} from "./session.js";

/** Tells whether the server answers: events `reached` and `unreachable`. */
export const reach = new EventTarget();

async function call(method, path, options = {}) {
  try {
    const response = await admitted(method, path, options);
    reach.dispatchEvent(new Event("reached"));
    return response;
  } catch (e) {
    if (e instanceof Unreachable) {
      reach.dispatchEvent(new Event("unreachable"));
    } else if (e instanceof ApiError) {
      reach.dispatchEvent(new Event("reached"));
    }
    throw e;
  }
}

/** A token that the server finds too old, by its own clock, is traded once. */
async function admitted(method, path, options) {
  try {
    return await send(method, path, {...options, token: await session.token()});
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401 || !/^(token-|unauthorized)/.test(e.type)) {
      throw e;
    }
    if (e.type !== "token-expired") {
      session.over("Your session has ended. Log in to go on.");
      throw e;
    }
    await session.refresh();
    return send(method, path, {...options, token: await session.token()});
  }
}

/** A path from its segments, each as it is. */
export function path(...segments) {
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

/** `?a=1&b=2` of what is neither null nor empty. @param {Record<string, unknown>} parameters */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

export const api = {
  /** @param {string} where @param {{signal?: AbortSignal}} [options] */
  get: async (where, options) => json(await call("GET", where, options)),
  /** @param {string} where @param {unknown} [body] @param {{signal?: AbortSignal}} [options] */
  post: async (where, body, options) => json(await call("POST", where, {...options, body})),
  /** @param {string} where @param {unknown} body */
  put: async (where, body) => json(await call("PUT", where, {body})),
  /** @param {string} where */
  remove: async (where) => json(await call("DELETE", where)),
  /** An answer whose events come one by one. @param {"GET" | "POST"} method @param {string} where @param {object} options */
  stream: (method, where, options) => call(method, where, {...options, stream: true}),
};
