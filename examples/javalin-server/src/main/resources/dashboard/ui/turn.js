// One question and its answer, as it comes.

import {h, fill, text, throttled} from "./dom.js";
import {announce, button, chip, problem} from "./parts.js";
import {count, counted, span} from "./format.js";
import {place, route, sourceOf} from "./route.js";
import {prose} from "./prose.js";

/** @param {string} question */
export function asked(question) {
  const who = h("h2", {class: "hidden-text"}, "You");
  return h("article", {class: "message", data: {role: "user"}}, who, h("p", {class: "bubble"}, question));
}

/** An answer that grows. */
export class Answer {
  /** All text so far. */
  text = "";
  /** False once it has failed: half an answer is no part of a conversation. */
  whole = true;
  #thought = "";
  #unspoken = "";
  /** The trace, once it is known. @type {any} */
  facts = null;
  #prose = h("div", {class: "prose"});
  #thinking = h("details", {class: "thinking", hidden: true}, h("summary", null, "Reasoning"), h("p", null));
  #notices = h("ul", {class: "notices"});
  #state = chip("looking for a backend", "info");
  #line = h("div", {class: "route-line"}, this.#state.el);
  #more = h("div", null);
  #render = throttled(60, () => {
    fill(this.#prose, prose(this.text));
    this.onGrowth();
  });
  /** Called when it has become longer. */
  onGrowth = () => {};

  el = h(
    "article",
    {class: "message", data: {role: "assistant"}, "aria-busy": "true"},
    h("h2", {class: "hidden-text"}, "Answer"),
    this.#thinking,
    this.#notices,
    this.#prose,
    this.#line,
    this.#more,
  );

  /** @param {{backend: string, location: string, model: string, reason: string}} to */
  routed(to) {
    this.#state.set(this.text ? "answering" : "thinking", "info");
    fill(this.#line, this.#state.el, this.#who(to), h("span", {class: "muted"}, to.reason));
  }

  add(piece) {
    this.text += piece;
    this.#state.set("answering", "info");
    this.#say(piece);
    this.#render();
  }

  think(piece) {
    this.#thought += piece;
    this.#thinking.hidden = false;
    text(this.#thinking.lastElementChild, this.#thought);
  }

  /** @param {{from: string, to: string, reason: string, chars_delivered: number}} how */
  failedOver({from, to, reason, chars_delivered: chars}) {
    const after = chars > 0 ? ` after ${count(chars)} characters` : "";
    this.#notice(`${from} → ${to}`, `${from} failed${after}: ${reason.replace(/\.$/, "")}. ${to} takes over.`);
  }

  restarted({backend}) {
    this.text = "";
    this.#unspoken = "";
    fill(this.#prose);
    this.#notice(backend, "The answer begins again from its first word.");
  }

  continued({backend}) {
    this.#notice(backend, "The answer goes on where it broke off.");
  }

  #notice(who, what) {
    this.#notices.append(h("li", null, h("b", null, who), " ", what));
    announce(what);
    this.onGrowth();
  }

  /** It is complete. @param {any} facts the event `done` */
  done(facts) {
    this.facts = facts;
    this.#end();
    this.#say("\n");
    const failed = facts.trace.attempts.some((attempt) => attempt.outcome === "failed");
    this.#state.set(facts.degraded ? "no model" : facts.cached ? "known answer" : "answered", failed || facts.degraded ? "warn" : "good");
    const tokens = facts.usage?.completion_tokens;
    const figures = [sourceOf(facts.trace), span(facts.latency_ms), tokens > 0 && `${count(tokens)} tokens`];
    fill(this.#line, this.#state.el, this.#who(facts), h("span", {class: "muted"}, figures.filter(Boolean).join(" · ")));
    fill(
      this.#more,
      facts.finish_reason === "length" && h("p", {class: "note"}, "The answer was cut off at the longest that is allowed."),
      facts.sources?.length > 0 && sources(facts.sources),
      h("details", {class: "route-details"}, h("summary", null, facts.reason ? `Route: ${facts.reason}` : "Route"), route(facts.trace)),
    );
    this.onGrowth();
  }

  stopped() {
    this.#end();
    this.#say("\n");
    this.#state.set("stopped", "idle");
    announce("Stopped.");
  }

  /** @param {unknown} failure @param {() => void} again */
  failed(failure, again) {
    this.whole = false;
    this.#end();
    this.#state.set("failed", "bad");
    const trace = /** @type {any} */ (failure)?.body?.trace;
    fill(
      this.#more,
      problem(failure),
      h("div", {class: "actions start again"}, button("Ask again", again, {icon: "retry"})),
      trace && h("details", {class: "route-details", open: true}, h("summary", null, "Route"), route(trace)),
    );
    this.onGrowth();
  }

  #end() {
    this.el.removeAttribute("aria-busy");
    fill(this.#prose, prose(this.text));
  }

  #who({backend, location, model}) {
    return h("span", {class: "who"}, h("b", null, backend || "cache"), place(location, backend), model && h("code", null, model));
  }

  /** Whole sentences are told to screen readers; single words would only be noise. */
  #say(piece) {
    this.#unspoken += piece;
    const end = Math.max(this.#unspoken.lastIndexOf("\n"), ...[". ", "! ", "? "].map((mark) => this.#unspoken.lastIndexOf(mark)));
    if (end >= 0) {
      announce(this.#unspoken.slice(0, end + 1));
      this.#unspoken = this.#unspoken.slice(end + 1);
    } else if (piece === "\n") {
      announce(this.#unspoken);
      this.#unspoken = "";
    }
  }
}

function sources(all) {
  const row = ({title, document}) =>
    h("li", null, h("b", null, title || document), title && h("span", {class: "muted"}, ` ${document}`));
  return h("details", {class: "route-details"}, h("summary", null, `From ${counted(all.length, "document")}`), h("ul", null, all.map(row)));
}
