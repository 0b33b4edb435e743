// What models write is mostly a little Markdown. This makes elements of the common part of it; what it does not know stays as it is.

import {h} from "./dom.js";

const FENCE = /^ {0,3}```\s*([\w+#.-]*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
/** Bounded, so that no text makes it slow. */
const INLINE = new RegExp(
  [
    /(`{1,3})(.{1,2000}?)\1/,
    /\*\*(.{1,2000}?)\*\*/,
    /\*([^*\s](?:[^*]{0,2000}[^*\s])?)\*/,
    /\[([^\]\n]{1,300})\]\((https?:\/\/[^\s)]{1,2000})\)/,
  ]
    .map((one) => one.source)
    .join("|"),
  "s",
);

/** @param {string} markdown @returns {Node[]} */
export function prose(markdown) {
  const lines = markdown.split("\n");
  const blocks = [];
  let i = 0;
  while (i < lines.length) {
    const fence = FENCE.exec(lines[i]);
    if (fence) {
      const end = lines.findIndex((line, at) => at > i && /^ {0,3}```\s*$/.test(line));
      const last = end < 0 ? lines.length : end; // the rest is still to come
      blocks.push(code(lines.slice(i + 1, last).join("\n"), fence[1]));
      i = last + 1;
    } else if (lines[i].trim() === "") {
      i += 1;
    } else if (HEADING.test(lines[i])) {
      blocks.push(h("p", {class: "heading"}, inline(HEADING.exec(lines[i])[2])));
      i += 1;
    } else if (ITEM.test(lines[i])) {
      i = items(lines, i, blocks);
    } else {
      i = paragraph(lines, i, blocks);
    }
  }
  return blocks;
}

function code(text, language) {
  return h("pre", {tabindex: "0", role: "region", "aria-label": language ? `Code in ${language}` : "Code"}, h("code", null, text));
}

function paragraph(lines, from, blocks) {
  let to = from;
  while (to < lines.length && lines[to].trim() !== "" && !FENCE.test(lines[to]) && !ITEM.test(lines[to]) && !HEADING.test(lines[to])) {
    to += 1;
  }
  blocks.push(h("p", null, inline(lines.slice(from, to).join("\n"))));
  return to;
}

/** Lists of one level: deeper items keep their place in the order, moved in. */
function items(lines, from, blocks) {
  const numbered = ITEM.exec(lines[from])[2] !== undefined;
  const found = [];
  let to = from;
  for (; to < lines.length; to += 1) {
    const [, indent, number, content] = ITEM.exec(lines[to]) ?? [];
    if (content !== undefined && (indent.length > 1 || (number !== undefined) === numbered)) {
      found.push({deep: indent.length > 1, number, parts: [content]});
    } else if (content === undefined && lines[to].trim() !== "" && /^\s{2,}/.test(lines[to]) && found.length > 0) {
      found[found.length - 1].parts.push(lines[to].trim());
    } else if (lines[to].trim() !== "" || !ITEM.test(lines[to + 1] ?? "")) {
      break;
    }
  }
  blocks.push(h(
    numbered ? "ol" : "ul",
    {start: numbered ? found[0].number : null},
    found.map(({deep, parts}) => h("li", {class: deep && "deep"}, inline(parts.join("\n")))),
  ));
  return to;
}

/** @param {string} text @returns {(Node | string)[]} */
function inline(text) {
  const parts = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const [all, , quoted, bold, italic, label, address] = found;
    parts.push(rest.slice(0, found.index));
    if (quoted !== undefined) {
      parts.push(h("code", null, quoted));
    } else if (bold !== undefined) {
      parts.push(h("strong", null, bold));
    } else if (italic !== undefined) {
      parts.push(h("em", null, italic));
    } else {
      parts.push(h("a", {href: address, target: "_blank", rel: "noopener noreferrer"}, label));
    }
    rest = rest.slice(found.index + all.length);
  }
  parts.push(rest);
  return parts;
}
