// A dialog that stores a value.

import {h, text} from "../dom.js";
import {api} from "../api.js";
import {ask, field} from "../parts.js";

/**
 * Stores a new value, or another one in place of one.
 *
 * @param {{key: string, value: unknown, version: string} | null} current null for a new one
 * @param {(key: string) => void} stored
 */
export function writeValue(current, stored) {
  const plain = {autocapitalize: "none", spellcheck: "false", required: true};
  const key = h("input", {value: current?.key ?? "", maxlength: "1024", readonly: current !== null, ...plain});
  const kind = h("p", {class: "hint", role: "status"});
  const value = h("textarea", {rows: "10", class: "mono", ...plain, on: {input: () => text(kind, kindOf(value.value))}});
  value.value = current === null ? "" : typeof current.value === "string" ? current.value : JSON.stringify(current.value, null, 2);
  text(kind, kindOf(value.value));
  const ttl = h("input", {type: "number", min: "1", max: "2147483647", inputmode: "numeric"});
  ask({
    title: current === null ? "New value" : "Change the value",
    body: [
      field("Key", key),
      field("Value", value),
      kind,
      field("Ends after (seconds)", ttl, "Empty: as the namespace has it, which is never unless configured."),
    ],
    confirm: "Store",
    act: async () => {
      await api.post("/api/memory/set", {
        key: key.value,
        value: read(value.value),
        if_version: current === null ? "none" : current.version, // nobody's work is overwritten unseen
        ...(ttl.value ? {ttl: Number(ttl.value)} : {}),
      });
      stored(key.value);
    },
  });
}

/** JSON if it is any, otherwise the text itself. */
function read(written) {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

function kindOf(written) {
  const value = read(written);
  if (typeof value === "string") {
    return "Stored as text.";
  }
  const type = Array.isArray(value) ? "list" : typeof value;
  return value === null ? "null cannot be stored: delete the value instead." : `Stored as JSON (${type}).`;
}
