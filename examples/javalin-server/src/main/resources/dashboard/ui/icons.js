// Line icons, drawn here. Each stands beside a word, or its button has a label, so they are hidden from screen readers.

import {svg} from "./dom.js";

const PATHS = {
  overview: ["M4 4h6v8H4z", "M14 4h6v5h-6z", "M4 16h6v4H4z", "M14 13h6v7h-6z"],
  chat: ["M4 5h16v11H9l-5 4z", "M8 9h8", "M8 12.5h5"],
  memory: ["M4 7c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3z", "M4 7v10c0 1.7 3.6 3 8 3s8-1.3 8-3V7", "M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"],
  tasks: ["M10 6h10", "M10 12h10", "M10 18h10", "m4 6 1.3 1.3L7.8 5", "m4 12 1.3 1.3L7.8 11", "m4 18 1.3 1.3L7.8 17"],
  events: ["M3 12h4l3-8 4 16 3-8h4"],
  routing: [
    "M6 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    "M18 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    "M6 15V9a4 4 0 0 1 4-4h2",
    "M18 9v6a4 4 0 0 1-4 4h-2",
  ],
  power: ["M13 3 6 13.5h5L10 21l8-11h-5.5z"],
  agents: ["M8 8h8v8H8z", "M10 4v4", "M14 4v4", "M10 16v4", "M14 16v4", "M4 10h4", "M4 14h4", "M16 10h4", "M16 14h4"],
  vpn: ["M12 3 5 6v5.5c0 4.2 2.8 7.6 7 9.5 4.2-1.9 7-5.3 7-9.5V6z", "m9 12 2.2 2.2L15.5 10"],
  system: ["M4 5h16v10H4z", "M9 19h6", "M12 15v4"],
  sun: [
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21",
    "m5.6 5.6 1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1",
  ],
  moon: ["M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z"],
  user: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  send: ["M5 12h14", "m13 6 6 6-6 6"],
  stop: ["M7 7h10v10H7z"],
  plus: ["M12 5v14", "M5 12h14"],
  search: ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "m16 16 4.5 4.5"],
  trash: ["M5 7h14", "M9 7V4h6v3", "M7 7l1 13h8l1-13", "M10.5 11v5", "M13.5 11v5"],
  edit: ["M5 19l.8-3.8L16 5l3 3L8.8 18.2z", "M14 7l3 3"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  chevron: ["m9 6 6 6-6 6"],
  retry: ["M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9", "M20 4v5h-5"],
  pause: ["M8 5v14", "M16 5v14"],
  play: ["M8 5l11 7-11 7z"],
  logout: ["M14 4H5v16h9", "M10 12h10", "m16.5 8.5 3.5 3.5-3.5 3.5"],
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  return svg(
    "svg",
    {class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false"},
    PATHS[name].map((d) => svg("path", {d})),
  );
}

/** The product's mark. */
export function mark() {
  return svg(
    "svg",
    {class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false"},
    svg("path", {d: "M18.6 4.5 8 18.2h6.6l-1.7 9.3L24 13.4h-6.9z"}),
  );
}
