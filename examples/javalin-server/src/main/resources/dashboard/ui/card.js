// A tile: a state of the server that keeps itself up to date, and says when it cannot.

import {h, fill} from "./dom.js";
import {icon} from "./icons.js";
import {chip, problem, skeleton, unique} from "./parts.js";
import {clock} from "./format.js";
import {link} from "./live.js";

/**
 * Makes a tile of a resource.
 *
 * @template T
 * @param {object} how
 * @param {string} how.title
 * @param {any} how.icon
 * @param {string} how.name for styles and tests
 * @param {import("./live.js").Resource<T>} how.resource
 * @param {(card: {status: ReturnType<typeof chip>}) => {el: Element, update: (data: T) => void}} how.content is made once,
 *     when the first answer is there, and updated by each
 * @returns {{el: HTMLElement, stop: () => void}}
 */
export function card({title, icon: name, name: id, resource, content}) {
  const titleId = unique(id);
  const status = chip("", "idle");
  status.el.hidden = true;
  const trouble = h("div", {class: "card-trouble"});
  const body = h("div", {class: "card-body"}, skeleton());
  const el = h(
    "section",
    {class: "card", id, "aria-labelledby": titleId, "aria-busy": "true"},
    h("header", null, h("h2", {id: titleId}, icon(name), title), status.el),
    trouble,
    body,
  );
  if (!resource.allowed) {
    el.removeAttribute("aria-busy");
    fill(body, h("p", {class: "muted"}, `Your account may not see this (it lacks ${resource.permission}).`));
    return {el, stop: () => {}};
  }
  let shown = null;
  const update = () => {
    if (resource.data) {
      if (!shown) {
        shown = content({status});
        fill(body, shown.el);
        status.el.hidden = false;
        el.removeAttribute("aria-busy");
      }
      shown.update(resource.data);
    }
    const away = link.state === "lost";
    el.classList.toggle("old", Boolean(resource.error) || away);
    if (resource.error && !away) {
      complain(trouble, body, resource, Boolean(shown), el);
    } else {
      fill(trouble, away && shown && h("p", {class: "muted"}, `As of ${clock(resource.at)}`));
    }
  };
  const unwatch = resource.watch(update);
  link.addEventListener("state", update);
  return {
    el,
    stop() {
      unwatch();
      link.removeEventListener("state", update);
    },
  };
}

/** The same failure is told once, not at every attempt. */
function complain(trouble, body, resource, shown, el) {
  const message = resource.error instanceof Error ? resource.error.message : "";
  if (trouble.dataset.message !== message || trouble.childElementCount === 0) {
    trouble.dataset.message = message;
    fill(trouble, problem(resource.error, () => resource.refresh()));
  }
  if (!shown) {
    fill(body);
    el.removeAttribute("aria-busy");
  }
}
