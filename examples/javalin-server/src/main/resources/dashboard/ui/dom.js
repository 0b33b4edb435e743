// Builds elements. What comes from the server goes in as text, never as markup: there is no way to do otherwise here.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * An element.
 *
 * @param {string} tag
 * @param {Record<string, any> | null} [props] `on: {event: listener}`, `data: {name: value}`, `class`, DOM properties such as `value`, and
 *     attributes; `null`, `undefined` and `false` leave an attribute out
 * @param {...Child} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
  return furnish(document.createElement(tag), props, children);
}

/** The same for SVG. @returns {any} */
export function svg(tag, props, ...children) {
  return furnish(document.createElementNS(SVG, tag), props, children);
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open", "selected"]);

function furnish(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (PROPERTIES.has(name)) {
      element[name] = value;
    } else if (name === "style" || name.startsWith("on")) {
      throw new TypeError(`${name} would be inline, which the content security policy forbids`);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...nodes(children));
  return element;
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Puts these in place of what an element holds. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/** Sets a text, but touches nothing when it is the same: selections and screen readers are left alone. */
export function text(element, value) {
  const wanted = value === null || value === undefined ? "" : String(value);
  if (element.textContent !== wanted) {
    element.textContent = wanted;
  }
}

/** Sets or, for null and false, removes an attribute. */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/**
 * Makes the children of an element fit a list. Children are kept by their key, so that focus, open details and scrolling survive.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf unique in the list
 * @param {(item: T) => {el: Element, update?: (item: T) => void}} make
 */
export function list(parent, items, keyOf, make) {
  const known = parent.__items ?? new Map();
  const kept = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const entry = known.get(key) ?? make(item);
    known.delete(key);
    kept.set(key, entry);
    entry.update?.(item);
    if (entry.el === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(entry.el, place);
    }
  }
  for (const entry of known.values()) {
    entry.el.remove();
  }
  parent.__items = kept;
}

/** Calls at most once in a while: at once, and at the end of the while if it was called meanwhile. */
export function throttled(millis, call) {
  let waiting = 0;
  let again = false;
  return function run() {
    if (waiting) {
      again = true;
      return;
    }
    call();
    waiting = setTimeout(() => {
      waiting = 0;
      if (again) {
        again = false;
        run();
      }
    }, millis);
  };
}
