// What feeds the machine, what follows from it, and a switch for those who may.

import {h, list, text} from "../dom.js";
import {api} from "../api.js";
import {card} from "../card.js";
import {chip, figure, meter, toast} from "../parts.js";
import {ago, capital, count, percent, span, words} from "../format.js";
import {session} from "../session.js";
import {states} from "../live.js";

const MODES = [
  ["auto", "Auto", "The readings decide."],
  ["on-grid", "On grid", "As if mains were there."],
  ["off-grid", "Off grid", "As if on battery: only the edge is asked."],
];

const PROFILES = {
  full: "Everything runs.",
  saving: "Background work waits.",
  critical: "Only what must be done is done.",
  shutdown: "The machine is getting ready to lose power.",
};

export function powerTile() {
  return card({title: "Power", icon: "power", name: "power", resource: states.power, content: ({status}) => content(status)});
}

function content(status) {
  const charge = h("span", {class: "big"});
  const supply = h("span", null);
  const battery = meter("Battery");
  const profile = figure("Profile");
  const routing = figure("Routing");
  const remaining = figure("Time left");
  const what = h("p", {class: "muted"});
  const sources = h("ul", {class: "rows small"});
  const mode = session.can("power:admin") ? modes() : fixedMode();
  const gauge = h("div", {class: "gauge"}, h("p", null, charge, " ", supply), battery.el);
  return {
    el: h("div", null, gauge, h("dl", {class: "figures"}, profile.el, routing.el, remaining.el), what, mode.el, sources),
    update(data) {
      status.set(...summary(data));
      text(charge, data.battery_percent === null ? "" : percent(data.battery_percent));
      text(supply, supplyWords(data));
      battery.el.hidden = data.battery_percent === null;
      battery.set(data.battery_percent, batteryTone(data.battery_state), `${percent(data.battery_percent)}, ${data.battery_state}`);
      profile.set(capital(data.profile));
      routing.set(words(data.routing_mode));
      remaining.set(data.time_remaining_minutes === null ? "–" : span(data.time_remaining_minutes * 60_000));
      text(what, [PROFILES[data.profile], data.reason && `Last change: ${data.reason}.`].filter(Boolean).join(" "));
      mode.show(data.mode);
      list(sources, data.sources, (one) => one.source, source);
    },
  };
}

/** @returns {[string, import("../parts.js").Tone]} */
function summary(data) {
  if (data.profile === "critical" || data.profile === "shutdown") {
    return [data.profile, "bad"];
  }
  if (data.is_on_battery) {
    return ["on battery", "warn"];
  }
  return data.power_plugged ? ["on mains", "good"] : [data.profile, data.profile === "full" ? "good" : "warn"];
}

function supplyWords(data) {
  if (data.is_on_battery) {
    return "On battery";
  }
  return data.power_plugged ? "On mains" : data.power_plugged === false ? "Not plugged in" : "No power source is configured.";
}

function batteryTone(state) {
  return {critical: "bad", low: "warn", unknown: "idle"}[state] ?? "good";
}

function source(first) {
  const value = h("span", {class: "number"});
  const state = chip("", "idle");
  const age = h("span", {class: "muted"});
  const el = h("li", null, h("div", {class: "row-main"}, h("span", {class: "row-title"}, first.source, state.el), age), value);
  return {
    el,
    update(one) {
      const watts = one.watts === null ? "" : `${count(Math.round(one.watts))} W`;
      text(value, [one.battery_percent === null ? "" : percent(one.battery_percent), watts].filter(Boolean).join(" · "));
      text(age, `${words(one.quality)}, ${ago(one.at)}`);
      state.set(words(one.supply), one.supply === "mains" ? "good" : one.supply === "unknown" ? "idle" : "warn");
    },
  };
}

function fixedMode() {
  const line = h("p", {class: "muted"});
  return {el: line, show: (mode) => text(line, `Mode: ${words(mode)}. Administrators can change it.`)};
}

/** Radio buttons, so that arrow keys work and the choice is told. */
function modes() {
  const hint = h("p", {class: "muted hint"});
  const inputs = new Map();
  let known = "";
  const choose = async (mode) => {
    const before = known;
    try {
      await api.post(`/api/power/mode/${mode}`);
      toast(`Power mode is ${words(mode)}.`);
    } catch (e) {
      show(before);
      toast(e);
    }
    states.power.refresh();
  };
  const show = (mode) => {
    known = mode;
    const input = inputs.get(mode);
    if (input && !input.checked) {
      input.checked = true;
    }
    text(hint, MODES.find(([name]) => name === mode)?.[2] ?? "");
  };
  const choices = MODES.map(([mode, label]) => {
    const input = h("input", {type: "radio", name: "power-mode", value: mode, on: {change: () => choose(mode)}});
    inputs.set(mode, input);
    return h("label", null, input, h("span", null, label));
  });
  return {el: h("fieldset", {class: "segments"}, h("legend", null, "Mode"), h("div", {class: "segment-row"}, choices), hint), show};
}
