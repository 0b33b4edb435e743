// Begins: who is there, which view, and what to do when that changes.

import {h, fill} from "./dom.js";
import {problem} from "./parts.js";
import {mark} from "./icons.js";
import {link, states} from "./live.js";
import {session} from "./session.js";
import {shell} from "./shell.js";
import {chat} from "./views/chat.js";
import {eventsView} from "./views/events.js";
import {login} from "./views/login.js";
import {memory} from "./views/memory.js";
import {overview} from "./views/overview.js";
import {tasks} from "./views/tasks.js";

/** @typedef {{title: string, el: HTMLElement, shown?: () => void, stop?: () => void}} View */

const app = document.getElementById("app");
const MAKERS = {overview, chat, memory, tasks, events: eventsView};

/** @type {ReturnType<typeof shell> | null} */
let frame = null;
/** @type {View | null} */
let view = null;
/** A conversation goes on while another view is looked at. @type {View | null} */
let conversation = null;

async function begin() {
  fill(app, h("p", {class: "plain", role: "status"}, "Loading …"));
  try {
    if (await session.start()) {
      enter(false);
    } else {
      askForLogin("");
    }
  } catch (e) {
    const brand = h("div", {class: "login-brand"}, mark(), h("h1", null, "Prime Spark"));
    fill(app, h("main", {class: "login", id: "content"}, h("div", {class: "card"}, brand, problem(e, begin))));
  }
}

function askForLogin(why) {
  const form = login(why, () => enter(true));
  document.title = `${form.title} · Prime Spark`;
  fill(app, form.el);
  form.el.querySelector("input")?.focus();
}

/** @param {boolean} came whether somebody has just logged in: the form that had the focus is gone */
function enter(came) {
  frame = shell({leave: () => leave("")});
  fill(app, frame.el);
  link.restart();
  go(came);
}

/** Forgets everything that the user was told. */
function leave(why) {
  view?.stop?.();
  conversation?.stop?.();
  frame?.stop();
  view = null;
  conversation = null;
  frame = null;
  link.stop();
  for (const state of Object.values(states)) {
    state.forget();
  }
  document.getElementById("dialogs")?.replaceChildren();
  askForLogin(why);
}

/** Shows the view that the address names. @param {boolean} moved whether somebody has chosen it, so that focus goes along */
function go(moved) {
  if (!frame) {
    return;
  }
  const name = location.hash.replace(/^#\//, "");
  const wanted = name in MAKERS ? name : "overview";
  if (view !== conversation) {
    view?.stop?.();
  }
  if (wanted === "chat") {
    conversation ??= chat();
    view = conversation;
  } else {
    view = MAKERS[wanted]();
  }
  frame.mark(wanted);
  fill(frame.main, view.el);
  view.shown?.();
  document.title = `${view.title} · Prime Spark`;
  if (moved) {
    scrollTo(0, 0);
    view.el.querySelector("h1")?.focus({preventScroll: true});
  }
}

addEventListener("hashchange", () => go(true));
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view
  document.getElementById("content")?.focus();
});
session.addEventListener("over", (event) => leave(/** @type {CustomEvent} */ (event).detail));
link.start();
begin();
