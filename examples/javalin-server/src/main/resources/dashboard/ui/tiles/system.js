// The machine, and how each part of the server says it is.

import {h, list, text} from "../dom.js";
import {card} from "../card.js";
import {chip, meter} from "../parts.js";
import {capital, percent, words} from "../format.js";
import {states} from "../live.js";

/** @type {Record<string, import("../parts.js").Tone>} */
export const HEALTH = {healthy: "good", degraded: "warn", unhealthy: "bad", unknown: "idle"};

const GAUGES = [
  ["cpu_percent", "Processors"],
  ["memory_percent", "Memory"],
  ["disk_percent", "Disk"],
];

export function systemTile() {
  return card({title: "System", icon: "system", name: "system", resource: states.health, content: ({status}) => content(status)});
}

function content(status) {
  const gauges = GAUGES.map(([name, label]) => gauge(name, label));
  const parts = h("ul", {class: "rows small"});
  return {
    el: h("div", null, h("div", {class: "gauges"}, gauges.map((one) => one.el)), parts),
    update(data) {
      status.set(data.overall_status, HEALTH[data.overall_status] ?? "idle");
      const machine = data.components.system_resources?.metrics ?? {};
      for (const one of gauges) {
        one.show(machine);
      }
      list(parts, Object.entries(data.components), ([name]) => name, part);
    },
  };
}

function gauge(name, label) {
  const bar = meter(label);
  const value = h("span", {class: "number"});
  const more = h("span", {class: "muted"});
  const el = h("div", {class: "gauge"}, h("p", null, h("span", null, label), " ", value), bar.el, more);
  return {
    el,
    show(machine) {
      const share = machine[name] ?? null;
      el.hidden = share === null;
      text(value, percent(share));
      text(more, rest(name, machine));
      bar.set(share, share >= 95 ? "bad" : share >= 85 ? "warn" : "info");
    },
  };
}

function rest(name, machine) {
  if (name === "memory_percent" && machine.memory_available_gb !== undefined) {
    return `${machine.memory_available_gb.toFixed(1)} GB free`;
  }
  if (name === "disk_percent" && machine.disk_free_gb !== undefined) {
    return `${Math.round(machine.disk_free_gb)} GB free`;
  }
  if (name === "cpu_percent" && machine.cpu_celsius !== undefined) {
    return `${Math.round(machine.cpu_celsius)} °C`;
  }
  return "";
}

/** What a component of the health report is called. */
export function partName(name) {
  return name === "vpn" ? "VPN" : capital(words(name));
}

function part([name]) {
  const state = chip("", "idle");
  const message = h("span", {class: "muted"});
  const main = h("div", {class: "row-main"}, h("span", {class: "row-title"}, partName(name)), message);
  const el = h("li", {data: {component: name}}, main, state.el);
  return {
    el,
    update([, component]) {
      state.set(component.status, HEALTH[component.status] ?? "idle");
      text(message, component.status === "healthy" ? "" : troubles(component));
      message.hidden = component.status === "healthy";
    },
  };
}

/** A component that knows of trouble itself does not repeat that of its parts, such as single tiers. */
function troubles(component) {
  const parts = Object.entries(component.parts ?? {})
    .filter(([, part]) => part.status !== "healthy")
    .map(([name, part]) => `${name}: ${part.message}`);
  return [component.message, ...parts.filter((words) => !component.message.includes(words))].join("; ");
}
