// How everything is, at a glance.

import {h, fill, text} from "../dom.js";
import {count} from "../format.js";
import {icon} from "../icons.js";
import {feed} from "../feed.js";
import {states} from "../live.js";
import {agentsTile} from "../tiles/agents.js";
import {memoryTile} from "../tiles/memory.js";
import {powerTile} from "../tiles/power.js";
import {routingTile} from "../tiles/routing.js";
import {HEALTH, partName, systemTile} from "../tiles/system.js";
import {vpnTile} from "../tiles/vpn.js";

/** @returns {{title: string, el: HTMLElement, stop: () => void}} */
export function overview() {
  const top = headline();
  const tiles = [routingTile(), powerTile(), memoryTile(), agentsTile(), systemTile(), vpnTile()];
  const [routing, electricity, memory, agents, system, vpn] = tiles;
  const events = feed({most: 12, spoken: true});
  const feedCard = h(
    "section",
    {class: "card", id: "feed", "aria-labelledby": "feed-title"},
    h("header", null, h("h2", {id: "feed-title"}, icon("events"), "Events"), h("a", {class: "more", href: "#/events"}, "All events")),
    events.el,
  );
  return {
    title: "Overview",
    el: h(
      "div",
      {class: "view overview"},
      h("header", {class: "view-head"}, h("h1", {tabindex: "-1"}, "Overview"), top.el),
      h(
        "div",
        {class: "tiles"},
        h("div", {class: "column wide"}, routing.el, h("div", {class: "pair"}, agents.el, vpn.el), feedCard),
        h("div", {class: "column"}, electricity.el, memory.el, system.el),
      ),
    ),
    stop() {
      top.stop();
      events.stop();
      tiles.forEach((tile) => tile.stop());
    },
  };
}

/** One line that says whether there is anything to worry about. */
function headline() {
  const el = h("p", {class: "headline"});
  const sentence = h("span", null, "Looking …");
  fill(el, h("span", {class: "dot", "aria-hidden": "true"}), sentence);
  const show = () => {
    const health = states.health.data;
    if (!health) {
      return;
    }
    el.dataset.tone = HEALTH[health.overall_status] ?? "idle";
    text(sentence, [state(health), power(states.power.data), work(states.agents.data)].filter(Boolean).join(" · "));
  };
  const watched = ["health", "power", "agents"].filter((name) => states[name].allowed).map((name) => states[name].watch(show));
  return {el, stop: () => watched.forEach((unwatch) => unwatch())};
}

function state(health) {
  if (health.overall_status === "healthy") {
    return "All is well";
  }
  const ailing = Object.entries(health.components).filter(([, one]) => one.status === "degraded" || one.status === "unhealthy");
  const names = ailing.map(([name]) => partName(name)).join(", ");
  return `${health.overall_status === "unhealthy" ? "Not working" : "Working, but look at"}: ${names}`;
}

function power(data) {
  if (!data || (data.battery_percent === null && data.power_plugged === null)) {
    return "";
  }
  const charge = data.battery_percent === null ? "" : `, ${Math.round(data.battery_percent)} %`;
  return `${data.is_on_battery ? "on battery" : "on mains"}${charge}`;
}

function work(data) {
  if (!data) {
    return "";
  }
  const {in_progress: running = 0, pending = 0} = data.tasks;
  return running + pending === 0 ? "no task waits" : `${count(running)} running, ${count(pending)} waiting`;
}
