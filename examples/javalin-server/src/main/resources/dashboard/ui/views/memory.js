// What is remembered: find, look, change, delete.

import {h, fill, list, text} from "../dom.js";
import {api, query} from "../api.js";
import {announce, ask, button, empty, iconButton, problem, skeleton, toast} from "../parts.js";
import {icon} from "../icons.js";
import {bytes, moment} from "../format.js";
import {session} from "../session.js";
import {writeValue} from "./memory-value.js";

const PAGE = 50;
const TYPING = 250;

/** @returns {{title: string, el: HTMLElement, stop: () => void}} */
export function memory() {
  const writer = session.can("memory:write");
  /** @type {string[]} */
  let keys = [];
  let cursor = null;
  let chosen = null;
  let asked = 0;
  let timer = 0;

  const search = h("input", {
    type: "search",
    placeholder: "Keys that begin with …",
    "aria-label": "Keys that begin with",
    autocapitalize: "none",
    spellcheck: "false",
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(load, TYPING);
      },
    },
  });
  const rows = h("ul", {class: "keys"});
  const note = h("div", {"aria-live": "polite"});
  const more = button("Show more", () => loadPage(true));
  more.hidden = true;
  const detail = h("section", {class: "card detail", "aria-label": "Value"});
  const listing = h("section", {class: "card", "aria-label": "Keys"}, note, rows, more);
  const frame = h("div", {class: "split", data: {shows: "list"}}, listing, detail);

  const load = () => loadPage(false);

  const loadPage = async (next) => {
    const mine = ++asked;
    if (!next && keys.length === 0) {
      fill(note, skeleton(5));
    }
    try {
      const answer = await api.get(`/api/memory/keys${query({prefix: search.value, limit: PAGE, cursor: next ? cursor : null})}`);
      if (mine !== asked) {
        return; // somebody has typed on
      }
      keys = next ? [...new Set([...keys, ...answer.keys])] : answer.keys;
      cursor = answer.cursor;
      show(answer.missing_tiers ?? []);
    } catch (e) {
      if (mine === asked) {
        fill(note, problem(e, load));
      }
    }
  };

  const show = (missing) => {
    list(rows, keys, (key) => key, keyRow);
    mark();
    more.hidden = cursor === null;
    fill(
      note,
      missing.length > 0 && h("p", {class: "note"}, `Keys that only ${missing.join(" and ")} has may be missing: it is away.`),
      keys.length === 0 && cursor === null && nothing(),
    );
  };

  const nothing = () =>
    search.value
      ? empty("No key begins like this.")
      : empty("Nothing is remembered yet.", "Values that programs or tasks store show up here.");

  const keyRow = (key) => ({el: h("li", null, h("button", {type: "button", on: {click: () => open(key)}}, key))});

  const mark = () => {
    for (const row of rows.children) {
      row.firstElementChild.setAttribute("aria-current", String(row.textContent === chosen));
    }
  };

  const open = async (key) => {
    chosen = key;
    mark();
    frame.dataset.shows = "detail";
    fill(detail, back(), skeleton(6));
    try {
      const value = await api.post("/api/memory/get", {key});
      if (chosen === key) {
        fill(detail, back(), valueView(value, writer, {edit, remove, move}));
        if (rows.offsetParent === null) { // on a narrow screen the value stands in place of the keys
          detail.querySelector("h2")?.focus();
        } else {
          announce(`The value of ${key} is shown.`);
        }
      }
    } catch (e) {
      if (chosen === key) {
        fill(detail, back(), h("h2", {tabindex: "-1", class: "key"}, key), problem(e, () => open(key)));
      }
    }
  };

  const back = () => button("All keys", close, {kind: "back"});

  const close = () => {
    frame.dataset.shows = "list";
    const row = [...rows.children].find((one) => one.textContent === chosen);
    chosen = null;
    mark();
    fill(detail, empty("Choose a key.", "Its value, version and tier are shown here."));
    (row?.firstElementChild ?? search).focus();
  };

  const edit = (value) =>
    writeValue(value, () => {
      toast(`${value.key} is stored.`);
      open(value.key);
    });

  const create = () =>
    writeValue(null, async (key) => {
      toast(`${key} is stored.`);
      await load();
      open(key);
    });

  const remove = (value) =>
    ask({
      title: "Delete this value?",
      body: [h("p", {class: "key"}, value.key), h("p", null, "It is deleted from all tiers. This cannot be undone.")],
      confirm: "Delete",
      danger: true,
      act: async () => {
        await api.post("/api/memory/delete", {key: value.key, if_version: value.version});
        keys = keys.filter((key) => key !== value.key);
        show([]);
        toast(`${value.key} is deleted.`);
        setTimeout(close); // once the dialog has given its focus back
      },
    });

  const move = async (path, key, done) => {
    try {
      await api.post(path, {key});
      toast(done);
      open(key);
    } catch (e) {
      toast(e);
    }
  };

  fill(detail, empty("Choose a key.", "Its value, version and tier are shown here."));
  if (session.can("memory:read")) {
    load();
  } else {
    fill(note, empty("You may not read memory.", "Your account lacks memory:read; an administrator can give it."));
  }
  return {
    title: "Memory",
    el: h(
      "div",
      {class: "view memory"},
      h("header", {class: "view-head row"}, h("h1", {tabindex: "-1"}, "Memory"), writer && button("New value", create, {icon: "plus"})),
      h("div", {class: "toolbar"}, h("div", {class: "search"}, icon("search"), search), iconButton("Load again", "retry", load)),
      frame,
    ),
    stop: () => clearTimeout(timer),
  };
}

function valueView(value, writer, {edit, remove, move}) {
  const shown = typeof value.value === "string" ? value.value : JSON.stringify(value.value, null, 2);
  const fact = (name, what) => h("div", {class: "figure"}, h("dt", null, name), h("dd", null, what));
  const expires = h("span", null);
  text(expires, value.expires_at ? moment(value.expires_at) : "never");
  return h(
    "div",
    {class: "value"},
    h("h2", {tabindex: "-1", class: "key"}, value.key),
    h(
      "dl",
      {class: "figures"},
      fact("Found in", value.tier),
      fact("Kind", typeof value.value === "string" ? "text" : Array.isArray(value.value) ? "list" : typeof value.value),
      fact("Size", bytes(new Blob([shown]).size)),
      fact("Ends", expires),
    ),
    h("pre", {tabindex: "0", role: "region", "aria-label": "The value"}, h("code", null, shown)),
    h("p", {class: "muted"}, "Version ", h("code", null, value.version)),
    writer &&
      h(
        "div",
        {class: "actions start"},
        button("Change", () => edit(value), {icon: "edit"}),
        button("Copy to all tiers", () => move("/api/memory/persist", value.key, "All tiers have it.")),
        button("Bring near", () => move("/api/memory/prefetch", value.key, "The hottest tier has it.")),
        button("Delete", () => remove(value), {icon: "trash", kind: "danger-quiet"}),
      ),
  );
}
