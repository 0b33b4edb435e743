// How an answer came about, in words: which backend, why, and who failed before it.

import {h} from "./dom.js";
import {counted, span, words} from "./format.js";

/** @typedef {{backend: string, location: string, model: string, reason: string, outcome: string, error: string | null, detail: string,
 *     started_after_ms: number, first_token_ms: number | null, duration_ms: number, chars_delivered: number}} Attempt */
/** @typedef {{request_id: string, strategy: string, attempts: Attempt[], skipped: any[], candidates: any[], source: string | null,
 *     similarity: number | null, total_ms: number}} Trace */

const SOURCES = {
  live: "answered by the model",
  smaller_model: "answered by a smaller model",
  cache: "from the cache",
  stale_cache: "from the cache, over its time",
  semantic_cache: "from the cache: a question much like it",
  recall: "from the documents, without a model",
};

/** Where the answer came from, in words; "no answer" for none. @param {Trace} trace */
export function sourceOf(trace) {
  const known = SOURCES[trace.source ?? ""] ?? "no answer";
  return trace.similarity ? `${known} (${Math.round(trace.similarity * 100)} % alike)` : known;
}

/** A backend's place as a small label; none where its name says the same. @param {string} location @param {string} [backend] */
export function place(location, backend = "") {
  return location && location !== backend ? h("span", {class: "place", data: {place: location}}, words(location)) : null;
}

/** The way in one line: edge ✕ → cloud ✓, said in words to screen readers. @param {Trace} trace */
export function chain(trace) {
  const stops = trace.attempts.map((attempt, i) => [
    i > 0 && h("span", {class: "arrow", "aria-hidden": "true"}, "→"),
    h(
      "span",
      {class: "stop", data: {outcome: attempt.outcome}},
      attempt.backend,
      h("span", {class: "hidden-text"}, ` ${outcome(attempt)}${i < trace.attempts.length - 1 ? "," : ""}`),
    ),
  ]);
  const nobody = h("span", {class: "stop", data: {outcome: trace.source ? "answered" : "failed"}}, trace.source ? "cache" : "nobody");
  return h("span", {class: "chain"}, stops.length > 0 ? stops : nobody);
}

/** @param {Attempt} attempt */
function outcome(attempt) {
  switch (attempt.outcome) {
    case "answered":
      return "answered";
    case "failed":
      return `failed (${words(attempt.error ?? "unknown")})`;
    case "cancelled":
      return "was stopped";
    default:
      return "was overtaken by another one";
  }
}

/** All that is known about the way. @param {Trace} trace */
export function route(trace) {
  return h(
    "div",
    {class: "route"},
    trace.attempts.length === 0
      ? h("p", null, trace.source ? "No backend was asked: the answer was known." : "No backend was asked.")
      : h("ol", {class: "attempts"}, trace.attempts.map(attempt)),
    trace.skipped.length > 0 &&
      h(
        "div",
        null,
        h("h3", null, "Not asked"),
        h("ul", null, trace.skipped.map((one) => h("li", null, h("b", null, one.backend), ` ${one.reason}`))),
      ),
    trace.candidates.length > 1 &&
      h(
        "div",
        null,
        h("h3", null, "How they looked, best first"),
        h("ol", {class: "candidates"}, trace.candidates.map((one) => h("li", null, h("b", null, one.backend), ` ${looks(one)}`))),
      ),
    h(
      "p",
      {class: "muted"},
      `${words(trace.strategy)} · ${span(trace.total_ms)} in all`,
      trace.request_id && [" · ", h("code", null, trace.request_id)],
    ),
  );
}

/** @param {Attempt} one */
function attempt(one) {
  const times = [
    one.first_token_ms !== null && `first word after ${span(one.first_token_ms)}`,
    `${span(one.duration_ms)} in all`,
    one.chars_delivered > 0 && counted(one.chars_delivered, "character"),
  ].filter(Boolean);
  return h(
    "li",
    {data: {outcome: one.outcome}},
    h(
      "p",
      null,
      h("b", null, one.backend),
      " ",
      place(one.location, one.backend),
      one.model && [" ", h("code", null, one.model)],
      ` ${outcome(one)}`,
    ),
    one.reason && h("p", {class: "muted"}, `Chosen: ${one.reason}`),
    one.detail && h("p", {class: "why"}, one.detail),
    h("p", {class: "muted"}, times.join(" · ")),
  );
}

function looks(candidate) {
  const parts = [
    {warm: "model loaded", cold: "model not loaded"}[candidate.readiness] ?? "model not known to be loaded",
    candidate.in_flight > 0 && `${candidate.in_flight} running`,
    candidate.queued > 0 && `${candidate.queued} waiting`,
    typeof candidate.expected_first_token_ms === "number" && `first word expected in ${span(candidate.expected_first_token_ms)}`,
  ];
  return parts.filter(Boolean).join(", ");
}
