// The tunnel and who is at its other ends.

import {h, list, text} from "../dom.js";
import {api} from "../api.js";
import {card} from "../card.js";
import {ask, button, chip, toast} from "../parts.js";
import {ago, bytes, words} from "../format.js";
import {session} from "../session.js";
import {states} from "../live.js";

/** Of the tunnel and of peers. @type {Record<string, import("../parts.js").Tone>} */
const TONES = {up: "good", idle: "good", degraded: "warn", misconfigured: "bad", down: "bad"};

export function vpnTile() {
  return card({title: "VPN", icon: "vpn", name: "vpn", resource: states.vpn, content: ({status}) => content(status)});
}

function content(status) {
  const summary = h("p", {class: "lead"});
  const peers = h("ul", {class: "rows"});
  const up = button("Bring up", () => steer("up"));
  const down = button("Take down", confirmDown);
  const switches = h("div", {class: "actions start"}, up, down);
  return {
    el: h("div", null, summary, peers, switches),
    update(data) {
      const off = data.state === "disabled";
      status.set(off ? "not configured" : words(data.state), TONES[data.state] ?? "idle");
      text(summary, off ? "There is no tunnel on this server." : tunnel(data));
      list(peers, data.peers, (peer) => `${peer.name} ${peer.ip}`, row);
      switches.hidden = off || !session.can("vpn:admin");
      up.hidden = data.is_active;
      down.hidden = !data.is_active;
    },
  };
}

function tunnel(data) {
  const connected = `${data.connected_peers} of ${data.total_peers} peers connected`;
  return [data.interface, connected, data.state !== "up" && data.reason].filter(Boolean).join(" · ");
}

function row(first) {
  const state = chip("", "idle");
  const where = h("span", {class: "muted endpoint"});
  const seen = h("span", {class: "muted"});
  const traffic = h("span", {class: "number"});
  const el = h(
    "li",
    {data: {peer: first.name}},
    h("div", {class: "row-main"}, h("span", {class: "row-title"}, h("b", null, first.name), state.el), where),
    h("div", {class: "row-side stack"}, traffic, seen),
  );
  return {
    el,
    update(peer) {
      state.set(words(peer.state), TONES[peer.state] ?? "idle");
      text(where, [peer.ip, peer.endpoint].filter(Boolean).join(" · "));
      text(seen, peer.latest_handshake ? `seen ${ago(peer.latest_handshake)}` : peer.reason || "never seen");
      text(traffic, `↓ ${bytes(peer.transfer_rx_mb * 1e6)}  ↑ ${bytes(peer.transfer_tx_mb * 1e6)}`);
    },
  };
}

function confirmDown() {
  ask({
    title: "Take the tunnel down?",
    body: [h("p", null, "Whoever reaches this server through the tunnel is cut off, perhaps this page, too, until it is brought up again.")],
    confirm: "Take down",
    danger: true,
    act: () => move("down"),
  });
}

async function steer(direction) {
  try {
    await move(direction);
  } catch (e) {
    toast(e);
  }
}

async function move(direction) {
  const status = await api.post(`/api/vpn/${direction}`);
  toast(`The tunnel is ${words(status.state)}.`);
  states.vpn.refresh();
}
