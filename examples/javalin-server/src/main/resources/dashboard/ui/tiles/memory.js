// The memory's tiers, hottest first.

import {h, list, text} from "../dom.js";
import {card} from "../card.js";
import {chip} from "../parts.js";
import {bytes, count, counted, known, span, words} from "../format.js";
import {states} from "../live.js";

const TIERS = ["near_cache", "tier1_local_cache", "tier2_nas_storage", "tier3_cloud_storage"];
const TONES = {up: "good", degraded: "warn", down: "bad"};

export function memoryTile() {
  return card({title: "Memory", icon: "memory", name: "memory-tiers", resource: states.memory, content: ({status}) => content(status)});
}

function content(status) {
  const rows = h("ul", {class: "rows"});
  const journal = h("p", {class: "lead"});
  return {
    el: h("div", null, rows, journal),
    update(data) {
      const tiers = [...TIERS.map((name) => data[name]), ...Object.values(data.other_tiers)]
        .filter((tier) => tier.state !== "not_configured")
        .sort((one, other) => one.number - other.number);
      const down = tiers.filter((tier) => tier.state === "down").length;
      const ailing = tiers.filter((tier) => tier.state !== "up").length;
      status.set(
        ailing === 0 ? counted(tiers.length, "tier") + " up" : `${tiers.length - ailing} of ${tiers.length} up`,
        down === tiers.length ? "bad" : ailing > 0 ? "warn" : "good",
      );
      list(rows, tiers, (tier) => tier.id, row);
      text(journal, journalWords(data.journal));
    },
  };
}

function row(first) {
  const state = chip("", "idle");
  const detail = h("p", {class: "why"});
  const what = h("span", {class: "muted"});
  const size = h("span", {class: "number"});
  const hits = h("span", {class: "muted"});
  const el = h(
    "li",
    {data: {tier: first.id}},
    h("div", {class: "row-main"}, h("span", {class: "row-title"}, h("b", null, first.id), state.el), what, detail),
    h("div", {class: "row-side stack"}, size, hits),
  );
  return {
    el,
    update(tier) {
      state.set(tier.state, TONES[tier.state] ?? "idle");
      const toCome = tier.pending > 0 && `${counted(tier.pending, "write")} to come`;
      text(what, [tier.type, words(tier.location), toCome].filter(Boolean).join(" · "));
      text(detail, tier.state === "up" ? "" : tier.detail);
      detail.hidden = tier.state === "up" || !tier.detail;
      text(size, known(tier.keys) ? counted(tier.keys, "key") : bytes(tier.bytes));
      text(hits, [known(tier.keys) && known(tier.bytes) && bytes(tier.bytes), rate(tier)].filter(Boolean).join(" · "));
    },
  };
}

function rate(tier) {
  const asked = tier.hits + tier.misses;
  return asked > 0 ? `${Math.round((tier.hits / asked) * 100)} % hits` : "not asked yet";
}

function journalWords(journal) {
  if (!journal) {
    return "";
  }
  if (journal.trouble) {
    return `Journal: ${journal.trouble}`;
  }
  return journal.entries === 0
    ? "Journal: everything is where it belongs."
    : `Journal: ${count(journal.entries)} waiting (${bytes(journal.bytes)}), the oldest for ${span(journal.oldest_millis)}.`;
}
