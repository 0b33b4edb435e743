// The frame of all views: navigation, the state of the link, the user and the theme.

import {h, fill, text} from "./dom.js";
import {announce, button, chip, iconButton} from "./parts.js";
import {icon, mark} from "./icons.js";
import {link, states} from "./live.js";
import {session} from "./session.js";
import {changePassword} from "./views/account.js";

const THEME = "prime-spark.theme";
const VIEWS = [
  ["overview", "Overview"],
  ["chat", "Chat"],
  ["memory", "Memory"],
  ["tasks", "Tasks"],
  ["events", "Events"],
];

/** @type {Record<import("./live.js").LinkState, [string, import("./parts.js").Tone]>} */
const LINK = {
  connecting: ["connecting", "idle"],
  live: ["live", "good"],
  polling: ["asking now and then", "info"],
  lost: ["not connected", "bad"],
  asleep: ["asleep", "idle"],
};

/** @param {{leave: () => void}} how @returns {{el: HTMLElement, main: HTMLElement, mark: (view: string) => void, stop: () => void}} */
export function shell({leave}) {
  const links = VIEWS.map(([name, label]) => h("a", {href: `#/${name}`, data: {view: name}}, icon(name), h("span", null, label)));
  const state = chip("connecting", "idle");
  const banner = lost();
  const main = h("main", {id: "content", tabindex: "-1"});
  const node = h("p", {class: "muted node"});
  const menu = account(leave);
  const el = h(
    "div",
    {class: "shell"},
    h(
      "header",
      {class: "side"},
      h("div", {class: "brand"}, mark(), h("span", null, "Prime Spark")),
      h("nav", {"aria-label": "Views"}, links),
      h("div", {class: "side-foot"}, h("div", {class: "link-state"}, state.el), node, h("div", {class: "side-tools"}, themeButton(), menu)),
    ),
    h("div", {class: "stage"}, banner.el, main),
  );
  let before = link.state;
  const show = () => {
    state.set(...LINK[link.state]);
    banner.show();
    if (before !== link.state && (link.state === "lost" || before === "lost")) {
      announce(link.state === "lost" ? "The connection to the server is lost." : "Connected again.");
    }
    before = link.state;
  };
  link.addEventListener("state", show);
  show();
  const tell = ({data}) => text(node, data ? `${data.node_id} · ${data.version}` : "");
  const unwatch = states.info.allowed ? states.info.watch(tell) : () => {};
  return {
    el,
    main,
    mark(view) {
      for (const one of links) {
        if (one.dataset.view === view) {
          one.setAttribute("aria-current", "page");
        } else {
          one.removeAttribute("aria-current");
        }
      }
    },
    stop() {
      link.removeEventListener("state", show);
      banner.stop();
      unwatch();
    },
  };
}

function account(leave) {
  if (!session.logins) {
    return h("span", {class: "muted"}, "no logins");
  }
  const panel = h(
    "div",
    {class: "menu-panel"},
    h("p", null, h("b", null, session.username), h("br"), h("span", {class: "muted"}, session.roles.join(", "))),
    button("Change password", () => {
      menu.open = false;
      changePassword(leave);
    }),
    h("a", {class: "button", href: "/docs"}, "API reference"),
    button("Log out", async () => {
      await session.logout();
      leave();
    }, {icon: "logout"}),
  );
  const name = `Account of ${session.username}`;
  const menu = h("details", {class: "menu"}, h("summary", {class: "icon-button", "aria-label": name, title: name}, icon("user")), panel);
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) {
      menu.open = false;
    }
  });
  return menu;
}

function themeButton() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const toggle = iconButton("Dark theme", "moon", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(THEME, next);
    } catch {
      // it holds until the page is left
    }
    show();
  });
  const show = () => {
    toggle.setAttribute("aria-pressed", String(dark()));
    fill(toggle, icon(dark() ? "sun" : "moon"));
  };
  show();
  return toggle;
}

/** A bar that says when the next attempt is made. */
function lost() {
  const words = h("span", null);
  const now = button("Try now", () => link.retry(), {kind: "small"});
  const el = h("section", {class: "banner", "aria-label": "Connection", hidden: true}, words, now);
  let timer = 0;
  const tick = () => {
    const seconds = Math.max(0, Math.round((link.retryAt - Date.now()) / 1000));
    text(words, seconds > 0 ? `Not connected to the server. Trying again in ${seconds} s.` : "Not connected to the server. Trying …");
  };
  return {
    el,
    show() {
      const away = link.state === "lost";
      el.hidden = !away;
      clearInterval(timer);
      if (away) {
        tick();
        timer = setInterval(tick, 1000);
      }
    },
    stop: () => clearInterval(timer),
  };
}
