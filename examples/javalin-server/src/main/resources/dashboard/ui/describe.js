// Events as sentences. A kind that is not known here is shown by its name, so that a newer server still makes sense.

import {bytes, counted, span, words} from "./format.js";
import {sourceOf} from "./route.js";
import {partName} from "./tiles/system.js";

/** @typedef {import("./parts.js").Tone} Tone */

const CIRCUITS = {
  open: ["is left alone for a while: too much has failed there", "bad"],
  half_open: ["is being tried again", "warn"],
  closed: ["works again", "good"],
};

/** @type {Record<string, (data: any) => [string, Tone, string?]>} sentence, tone, and area */
const KINDS = {
  started: () => ["The server has started.", "good"],
  stopping: () => ["The server is stopping.", "warn"],
  events_lost: (e) => [`${counted(e.count, "event")} came too fast and were left out.`, "warn"],
  call_ended: (e) => call(e),
  call_failed_over: (e) => [`${e.from} failed (${words(e.reason)}); ${e.to} is asked instead.`, "warn", "routing"],
  model_changed: (e) => [`${e.model} was ${words(e.change)} on ${e.backend}.`, "info", "routing"],
  circuit_changed: (e) => {
    const [what, tone] = CIRCUITS[e.circuit] ?? [words(e.circuit), "info"];
    return [`Backend ${e.backend} ${what}.`, /** @type {Tone} */ (tone), "routing"];
  },
  tier_changed: (e) => [`Tier ${e.tier} is ${e.state}${why(e.reason)}.`, {up: "good", degraded: "warn"}[e.state] ?? "bad", "memory"],
  tier_rejoined: (e) => [
    e.believed ? `Tier ${e.tier} is believed again.` : `Tier ${e.tier} is compared with the others before it is believed${why(e.reason)}.`,
    e.believed ? "good" : "warn",
    "memory",
  ],
  damage_repaired: (e) => [`A damaged record in tier ${e.tier} was mended.`, "warn", "memory"],
  memory_repaired: () => ["The tiers have been compared.", "info", "memory"],
  memory_evicted: (e) => [`Tier ${e.tier} let ${counted(e.records, "record")} (${bytes(e.bytes)}) go${why(e.reason)}.`, "info", "memory"],
  health_changed: (e) => [
    `${partName(e.component)} is ${e.status}${why(e.message)}.`,
    {healthy: "good", degraded: "warn"}[e.status] ?? "bad",
    "health",
  ],
  power_changed: (e) => power(e.decision),
  power_drained: (e) => [
    e.safe ? `Ready for the end of power after ${span(e.took_ms)}.` : `Not ready for the end of power: ${e.unfinished.join(", ")}.`,
    e.safe ? "good" : "bad",
    "power",
  ],
  agent_changed: (e) => [
    `Agent ${e.status.id} is ${words(e.status.state)}${why(e.reason)}.`,
    e.status.is_online ? "good" : "warn",
    "agents",
  ],
  task_died: (e) => [`A task ${e.type} has failed for good${why(e.error)}.`, "bad", "tasks"],
  login_failed: (e) => [`A login${as(e.username)} failed${from(e.client)}.`, "warn", "logins"],
  login_throttled: (e) => [`Logins${as(e.username)} are refused for ${span(e.retry_after_ms)}${from(e.client)}.`, "bad", "logins"],
  refresh_token_reused: (e) => [`A session of ${e.username} was ended: its refresh token was used twice.`, "bad", "logins"],
  vpn_changed: (e) => vpn(e.status),
};

/**
 * An event for people.
 *
 * @param {{name: string, data: any}} event
 * @returns {{sentence: string, tone: Tone, area: string}}
 */
export function describe({name, data}) {
  try {
    const [sentence, tone, area] = KINDS[name]?.(data) ?? [words(name), "info"];
    return {sentence: sentence[0].toUpperCase() + sentence.slice(1), tone, area: area ?? "server"};
  } catch {
    return {sentence: words(name), tone: "info", area: "server"}; // an event that has other fields than this page knows
  }
}

/** @returns {[string, Tone, string]} */
function call({trace, error}) {
  const failed = trace.attempts.filter((attempt) => attempt.outcome === "failed").map((attempt) => attempt.backend);
  const answered = trace.attempts.find((attempt) => attempt.outcome === "answered");
  if (error) {
    const tried = failed.length > 0 ? ` (${failed.join(", ")})` : "";
    return [`A question got no answer: ${words(error)}${tried}.`, error === "cancelled" ? "info" : "bad", "routing"];
  }
  const who = answered ? `${answered.backend} answered in ${span(trace.total_ms)}` : `An answer came ${sourceOf(trace)}`;
  const after = failed.length > 0 ? `, after ${failed.join(", ")} failed` : "";
  return [`${who}${after}.`, failed.length > 0 || trace.degraded ? "warn" : "good", "routing"];
}

/** @returns {[string, Tone, string]} */
function power(decision) {
  const {previous, profile} = decision;
  const changed = previous === profile ? `Power profile ${profile}` : `Power: from ${previous} to ${profile}`;
  const edge = decision.edge_only_mode ? ", only the edge is asked" : "";
  const tone = {full: "good", saving: "warn"}[profile] ?? "bad";
  return [`${changed}${edge} (${words(decision.mode)}; ${decision.reason}).`, /** @type {Tone} */ (tone), "power"];
}

/** @returns {[string, Tone, string]} */
function vpn(status) {
  const name = status.interface || "the tunnel";
  const tone = {up: "good", degraded: "warn"}[status.state] ?? "bad";
  const peers = `${status.connected_peers} of ${status.total_peers} peers connected`;
  return [`VPN: ${name} is ${words(status.state)}, ${peers}.`, /** @type {Tone} */ (tone), "vpn"];
}

function as(username) {
  return username ? ` as ${username}` : "";
}

function why(reason) {
  return reason ? `: ${reason.replace(/\.$/, "")}` : "";
}

function from(client) {
  return client ? ` from ${client}` : "";
}
