// The list of events, newest first.

import {h, fill, list} from "./dom.js";
import {announce, empty} from "./parts.js";
import {clock, moment} from "./format.js";
import {describe} from "./describe.js";
import {link} from "./live.js";

const TOGETHER = 1500;

/**
 * A feed that keeps itself up to date.
 *
 * @param {{most: number, spoken: boolean, filter?: (event: {area: string}) => boolean}} how `spoken`: new events are told to screen
 *     readers, several together, so that a busy server does not talk all the time
 * @returns {{el: HTMLElement, show: () => void, pause: (yes: boolean) => void, stop: () => void}}
 */
export function feed({most, spoken, filter = () => true}) {
  const rows = h("ol", {class: "feed"});
  const nothing = h("div", null);
  const el = h("div", {role: "log", "aria-live": "off", "aria-label": "Events, newest first"}, rows, nothing);
  let paused = false;
  let untold = [];
  let timer = 0;

  const show = () => {
    if (paused) {
      return;
    }
    const shown = link.recent.map(prepared).filter(filter).slice(0, most);
    list(rows, shown, (event) => event.key, row);
    rows.hidden = shown.length === 0;
    fill(nothing, shown.length === 0 && waiting());
  };
  const tell = () => {
    timer = 0;
    const sentences = untold;
    untold = [];
    announce(sentences.length > 3 ? `${sentences.length} events; the last: ${sentences[sentences.length - 1]}` : sentences.join(" "));
  };
  const came = ({detail}) => {
    show();
    const event = prepared(detail);
    if (spoken && !paused && filter(event)) {
      untold.push(event.sentence);
      timer ||= setTimeout(tell, TOGETHER);
    }
  };
  link.addEventListener("event", came);
  link.addEventListener("state", show);
  show();
  return {
    el,
    show,
    pause(yes) {
      paused = yes;
      show();
    },
    stop() {
      clearTimeout(timer);
      link.removeEventListener("event", came);
      link.removeEventListener("state", show);
    },
  };
}

let numbered = 0;
const KNOWN = new WeakMap();

/** Describes an event once. */
function prepared(event) {
  let made = KNOWN.get(event);
  if (!made) {
    numbered += 1;
    const at = Date.parse(event.data?.at ?? "");
    made = {...describe(event), at: Number.isNaN(at) ? event.heard : at, key: String(numbered)};
    KNOWN.set(event, made);
  }
  return made;
}

function waiting() {
  if (link.state === "polling") {
    return empty("Events are not shown.", "Your account may not see them, or too many pages listen already. States are asked for instead.");
  }
  return empty("Nothing has happened yet.", "Answers, changes of power, tiers and peers show up here as they happen.");
}

function row(event) {
  const time = h("time", {datetime: new Date(event.at).toISOString(), title: moment(event.at)}, clock(event.at));
  const dot = h("span", {class: "dot", "aria-hidden": "true"});
  return {el: h("li", {data: {tone: event.tone, area: event.area}}, dot, h("p", null, event.sentence), time)};
}
