// The pieces that all views are made of.

import {h, fill, text} from "./dom.js";
import {explain} from "./problem.js";
import {icon} from "./icons.js";

/** @typedef {"good" | "warn" | "bad" | "idle" | "info"} Tone */

/** A word with a coloured dot: never the colour alone. @param {string} word @param {Tone} tone */
export function chip(word, tone) {
  const label = h("span", null, word);
  const el = h("span", {class: "chip", data: {tone}}, h("span", {class: "dot"}), label);
  return {
    el,
    /** @param {string} newWord @param {Tone} newTone */
    set(newWord, newTone) {
      text(label, newWord);
      el.dataset.tone = newTone;
    },
  };
}

/** @param {string} label @param {() => void} act @param {{icon?: any, kind?: string, hint?: string}} [how] */
export function button(label, act, how = {}) {
  return h(
    "button",
    {type: "button", class: `button ${how.kind ?? ""}`.trim(), on: {click: act}, title: how.hint},
    how.icon && icon(how.icon),
    h("span", null, label),
  );
}

/** A button of an icon only, with a name for those who do not see it. */
export function iconButton(label, name, act, kind = "") {
  const props = {type: "button", class: `icon-button ${kind}`.trim(), "aria-label": label, title: label, on: {click: act}};
  return h("button", props, icon(name));
}

/**
 * A failure with what to do about it.
 *
 * @param {unknown} failure
 * @param {(() => void) | null} [retry]
 */
export function problem(failure, retry = null) {
  const {title, details, advice, id} = explain(failure);
  return h(
    "div",
    {class: "problem", role: "alert"},
    h("p", {class: "problem-title"}, title),
    details.length > 0 && h("ul", null, details.map((detail) => h("li", null, detail))),
    advice && h("p", null, advice),
    id && h("p", {class: "muted"}, "Request ", h("code", null, id)),
    retry && button("Try again", retry, {icon: "retry"}),
  );
}

/** What stands where there is nothing yet. */
export function empty(title, hint = "", ...actions) {
  return h("div", {class: "empty"}, h("p", {class: "empty-title"}, title), hint && h("p", null, hint), actions);
}

/** Grey bars in the place of what is coming. */
export function skeleton(lines = 3) {
  return h(
    "div",
    {class: "skeleton", role: "status"},
    h("span", {class: "hidden-text"}, "Loading"),
    Array.from({length: lines}, () => h("span", {class: "bar", "aria-hidden": "true"})),
  );
}

/** How full something is. `set` takes 0 to 100, or null for not known. @param {string} label for screen readers */
export function meter(label) {
  const fillBar = h("span", {class: "meter-fill"});
  const el = h("div", {class: "meter", role: "meter", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100"}, fillBar);
  return {
    el,
    /** @param {number | null} value @param {Tone} [tone] @param {string} [words] */
    set(value, tone = "info", words = undefined) {
      const shown = value === null ? 0 : Math.max(0, Math.min(100, value));
      fillBar.style.inlineSize = `${shown}%`;
      el.dataset.tone = tone;
      el.setAttribute("aria-valuenow", String(Math.round(shown)));
      el.setAttribute("aria-valuetext", words ?? (value === null ? "not known" : `${Math.round(shown)} %`));
    },
  };
}

/** A figure with what it is. */
export function figure(label) {
  const value = h("dd", null, "–");
  return {el: h("div", {class: "figure"}, h("dt", null, label), value), set: (shown) => text(value, shown)};
}

let spoken = 0;

/** Says something to those who use a screen reader. @param {string} sentence */
export function announce(sentence) {
  const place = document.getElementById("announcer");
  if (place && sentence.trim()) {
    place.append(h("p", null, sentence));
    spoken += 1;
    while (place.childElementCount > 20) {
      place.firstElementChild?.remove();
    }
  }
  return spoken;
}

/** A short word on what was done; gone by itself. Failures stay until they are dismissed. @param {string | Error} what */
export function toast(what) {
  const failed = what instanceof Error;
  const close = () => el.remove();
  const el = h(
    "div",
    {class: "toast", data: {tone: failed ? "bad" : "good"}},
    failed ? problem(what) : h("p", null, what),
    iconButton("Dismiss", "close", close),
  );
  const place = document.getElementById("toasts");
  place?.append(el);
  while (place && place.childElementCount > 4) {
    place.firstElementChild?.remove();
  }
  if (!failed) {
    announce(what);
    setTimeout(close, 5000);
  }
}

let made = 0;

/** An id that nothing else on the page has. */
export function unique(name) {
  made += 1;
  return `${name}-${made}`;
}

/**
 * A field with its label.
 *
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint = "") {
  control.id ||= unique("field");
  const hintId = hint ? unique("hint") : null;
  if (hintId) {
    control.setAttribute("aria-describedby", hintId);
  }
  return h("div", {class: "field"}, h("label", {for: control.id}, label), control, hint && h("p", {class: "hint", id: hintId}, hint));
}

/**
 * Asks in a dialog, which keeps focus and gives it back.
 *
 * @param {{title: string, body: any[], confirm: string, danger?: boolean, act: () => Promise<void>}} question `act` may throw: the dialog
 *     stays and says why
 */
export function ask({title, body, confirm, danger = false, act}) {
  const titleId = unique("title");
  const trouble = h("div", null);
  const go = h("button", {type: "submit", class: `button ${danger ? "danger" : "primary"}`}, h("span", null, confirm));
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    fill(trouble);
    try {
      await act();
      dialog.close();
    } catch (e) {
      fill(trouble, problem(e));
    } finally {
      go.disabled = false;
    }
  };
  const dialog = h(
    "dialog",
    {"aria-labelledby": titleId, on: {close: () => dialog.remove()}},
    h(
      "form",
      {on: {submit}},
      h("h2", {id: titleId}, title),
      body,
      trouble,
      h("div", {class: "actions"}, button("Cancel", () => dialog.close()), go),
    ),
  );
  document.getElementById("dialogs")?.append(dialog);
  dialog.showModal();
  return dialog;
}
