// Backends, their circuits, how fast they begin to answer, and how the last answers came about.

import {h, fill, list, text} from "../dom.js";
import {card} from "../card.js";
import {chip} from "../parts.js";
import {count, counted, span, words} from "../format.js";
import {chain, place, route, sourceOf} from "../route.js";
import {sparkline} from "../spark.js";
import {states} from "../live.js";

const SHOWN = 6;

export function routingTile() {
  return card({title: "Routing", icon: "routing", name: "routing", resource: states.routing, content: ({status}) => content(status)});
}

function content(status) {
  const summary = h("p", {class: "lead"});
  const backends = h("ul", {class: "rows"});
  const traces = h("ul", {class: "traces"});
  const none = h("p", {class: "muted"}, "Nothing has been asked since the start. Try it under Chat.");
  return {
    el: h("div", null, summary, backends, h("h3", null, "Last answers"), traces, none),
    update(data) {
      const all = Object.entries(data.endpoints);
      const healthy = all.filter(([, one]) => one.is_healthy).length;
      status.set(
        all.length === 0 ? "no backend" : `${healthy} of ${all.length} ready`,
        healthy === 0 ? "bad" : healthy < all.length ? "warn" : "good",
      );
      const recent = data.recent ?? [];
      text(summary, numbers(data));
      list(backends, all, ([id]) => id, ([id]) => backend(id));
      for (const [id, one] of all) {
        backends.__items.get(id).show(one, latencies(id, recent));
      }
      list(traces, recent.slice(0, SHOWN), (trace) => trace.request_id, trace);
      none.hidden = recent.length > 0;
    },
  };
}

function numbers(data) {
  const parts = [words(data.strategy)];
  if (typeof data.requests === "number") {
    parts.push(`${counted(data.requests, "question")}`, `${count(data.cache_hits)} from the cache`, `${count(data.failovers)} failed over`);
  }
  return parts.join(" · ");
}

/** First words of the last answers, oldest first. */
function latencies(id, recent) {
  return recent
    .flatMap((trace) => trace.attempts)
    .filter((attempt) => attempt.backend === id && attempt.first_token_ms !== null)
    .map((attempt) => attempt.first_token_ms)
    .slice(0, 30)
    .reverse();
}

function backend(id) {
  const state = chip("", "idle");
  const where = h("span", {class: "muted endpoint"});
  const locationSlot = h("span", null);
  const latency = h("span", {class: "number"});
  const load = h("span", {class: "muted"});
  const line = sparkline();
  const el = h(
    "li",
    {class: "backend", data: {backend: id}},
    h("div", {class: "row-main"}, h("span", {class: "row-title"}, h("b", null, id), locationSlot, state.el), where),
    h("div", {class: "row-side spark"}, line.el, h("span", {class: "stack"}, latency, load)),
  );
  return {
    el,
    show(one, values) {
      state.set(...circuit(one));
      fill(locationSlot, place(one.location, id));
      text(where, [one.endpoint || "in this process", one.in_flight > 0 && `${count(one.in_flight)} running`].filter(Boolean).join(" · "));
      text(latency, one.latency_ms === null ? "–" : span(one.latency_ms));
      text(load, failures(one));
      const last = values.slice(-5).map(span).join(", ");
      line.set(values, values.length === 0 ? "no times yet" : `times to the first word, the last ones ${last}`);
    },
  };
}

function failures(one) {
  return one.failures > 0 ? `${count(one.failures)} of ${count(one.requests)} failed` : `${count(one.requests)} asked`;
}

/** @returns {[string, import("../parts.js").Tone]} */
function circuit(one) {
  switch (one.circuit) {
    case "open":
      return ["circuit open", "bad"];
    case "half_open":
      return ["being tried", "warn"];
    default:
      return one.is_healthy ? ["ready", "good"] : ["not reachable", "bad"];
  }
}

function trace(one) {
  const details = h("div", null);
  const el = h(
    "li",
    null,
    h(
      "details",
      {
        on: {
          toggle: (event) => {
            if (event.target.open && details.childElementCount === 0) {
              fill(details, route(one));
            }
          },
        },
      },
      h("summary", null, chain(one), h("span", {class: "muted"}, sourceOf(one)), h("span", {class: "number"}, span(one.total_ms))),
      details,
    ),
  );
  return {el};
}

