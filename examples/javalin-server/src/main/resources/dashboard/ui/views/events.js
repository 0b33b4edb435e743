// Everything that has happened since the page was opened.

import {h} from "../dom.js";
import {field} from "../parts.js";
import {icon} from "../icons.js";
import {feed} from "../feed.js";

const AREAS = [
  ["", "Everything"],
  ["routing", "Routing"],
  ["memory", "Memory"],
  ["power", "Power"],
  ["tasks", "Tasks"],
  ["agents", "Agents"],
  ["vpn", "VPN"],
  ["health", "Health"],
  ["logins", "Logins"],
  ["server", "Server"],
];

/** @returns {{title: string, el: HTMLElement, stop: () => void}} */
export function eventsView() {
  let area = "";
  const events = feed({most: 200, spoken: true, filter: (event) => area === "" || event.area === area});
  const choice = h(
    "select",
    {
      on: {
        change: (event) => {
          area = event.target.value;
          events.show();
        },
      },
    },
    AREAS.map(([value, label]) => h("option", {value}, label)),
  );
  const label = h("span", null, "Pause");
  const glyph = h("span", {class: "glyph"}, icon("pause"));
  const pause = h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-pressed": "false",
      on: {
        click: () => {
          const now = pause.getAttribute("aria-pressed") !== "true";
          pause.setAttribute("aria-pressed", String(now));
          label.textContent = now ? "Go on" : "Pause";
          glyph.replaceChildren(icon(now ? "play" : "pause"));
          events.pause(now);
        },
      },
    },
    glyph,
    label,
  );
  return {
    title: "Events",
    el: h(
      "div",
      {class: "view"},
      h(
        "header",
        {class: "view-head"},
        h("h1", {tabindex: "-1"}, "Events"),
        h("p", {class: "muted"}, "As they happen, newest first; the last 200 since this page was opened."),
      ),
      h("div", {class: "toolbar"}, field("Show", choice), pause),
      h("section", {class: "card", "aria-label": "Feed"}, events.el),
    ),
    stop: events.stop,
  };
}
