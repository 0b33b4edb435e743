// What can go wrong with a call, and what people can do about it.

const TYPES = "urn:primespark:problem:";

/** By the problem's type. What the API says in `detail` stands before it, so only what helps further is said here. */
const ADVICE = {
  "login-failed": "Check the name and the password. The first start of the server printed the password of admin.",
  "login-throttled": "Too many logins have failed.",
  "forbidden": "An administrator can give your account a role that has the right.",
  "rate-limit": "The page asks too often, or somebody else at this address does; it goes on by itself.",
  "too-many-at-once": "Close other tabs of this page.",
  "too-many-streams": "Close other tabs of this page.",
  "busy": "The server has as much to do as it takes on.",
  "llm-no-backend": "Start a model server, or add one to the configuration. What was tried stands under Route.",
  "llm-unreachable": "Start the model server, or check its address in the configuration.",
  "llm-unauthorized": "The key that is configured for the backend is not accepted there.",
  "llm-model-not-found": "Choose another model, or have an administrator fetch this one.",
  "llm-privacy": "Choose a wider reach under Privacy, or wait until a backend nearer to you works.",
  "llm-budget": "Wait for the next period, or ask a backend without a budget.",
  "llm-timeout": "The model may be loading. Try again, or choose a smaller one.",
  "llm-overloaded": "Try again in a while.",
  "llm-rejected": "Shorten the conversation or choose another model.",
  "tier-unavailable": "See Memory on the overview for the tier that is away; what it holds comes back with it.",
  "version-conflict": "Somebody changed the value meanwhile. Load it again before you change or delete it.",
  "absent": "It has ended or was deleted meanwhile.",
  "queue-unavailable": "The queue's store cannot be reached; tasks that were accepted are kept there.",
  "queue-full": "Wait until agents have done some of the tasks.",
  "task-over": "The list shows how it ended.",
  "task-unknown": "Tasks that are over are forgotten after a while.",
  "vpn-not-permitted": "The server's process needs the right to steer the tunnel; docs/vpn.md says how to give it.",
  "vpn-tool-missing": "Install the WireGuard tools on the server's machine.",
  "subsystem-unavailable": "It is not configured on this server.",
  "unexpected": "The server's log has the cause under the request's id.",
};

/** An answer that is no success. */
export class ApiError extends Error {
  /**
   * @param {number} status of HTTP; 0 when there was no answer
   * @param {Record<string, any>} body problem details (RFC 9457), as far as there are any
   * @param {number | null} retryAfter seconds
   */
  constructor(status, body, retryAfter = null) {
    super(body.detail ?? body.title ?? `the server answered ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
    this.type = String(body.type ?? "").replace(TYPES, "");
  }
}

/** There was no answer at all: the server or the network is away. */
export class Unreachable extends Error {
  constructor(cause) {
    super("the server does not answer", {cause});
  }
}

/** The session is over. */
export class SessionOver extends Error {
  constructor(reason) {
    super(reason);
  }
}

/**
 * A failure in words.
 *
 * @param {unknown} failure
 * @returns {{title: string, details: string[], advice: string, id: string | null}}
 */
export function explain(failure) {
  if (failure instanceof ApiError) {
    const fields = Array.isArray(failure.body.errors) ? failure.body.errors : [];
    return {
      title: sentence(failure.message),
      details: fields.map((field) => `${field.field}: ${field.detail}`),
      advice: [ADVICE[failure.type], wait(failure.retryAfter)].filter(Boolean).join(" "),
      id: failure.status >= 500 ? failure.body.request_id ?? null : null,
    };
  }
  if (failure instanceof Unreachable) {
    const advice = "Is it running, and is this device on its network? The page goes on by itself once it is back.";
    return {title: "The server does not answer.", details: [], advice, id: null};
  }
  const title = sentence(failure instanceof Error ? failure.message : String(failure));
  return {title, details: [], advice: "Reload the page; if that does not help, it is a mistake in it.", id: null};
}

function wait(seconds) {
  if (!seconds) {
    return "";
  }
  return seconds < 90 ? `Try again in ${seconds} s.` : `Try again in ${Math.ceil(seconds / 60)} min.`;
}

function sentence(message) {
  const trimmed = message.trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
