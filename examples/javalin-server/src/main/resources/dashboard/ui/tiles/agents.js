// Who does the work, and how much of it there is.

import {h, list, text} from "../dom.js";
import {card} from "../card.js";
import {chip, figure, meter} from "../parts.js";
import {ago, count, counted, words} from "../format.js";
import {states} from "../live.js";

const FIGURES = [
  ["pending", "Waiting"],
  ["scheduled", "Later"],
  ["in_progress", "Running"],
  ["completed", "Done"],
  ["failed", "Failed"],
];

export function agentsTile() {
  return card({title: "Agents and queue", icon: "agents", name: "agents", resource: states.agents, content: ({status}) => content(status)});
}

function content(status) {
  const figures = FIGURES.map(([name, label]) => [name, figure(label)]);
  const agents = h("ul", {class: "rows"});
  const none = h("p", {class: "muted"}, "No agent is there: tasks wait until one comes.");
  return {
    el: h("div", null, h("dl", {class: "figures five"}, figures.map(([, one]) => one.el)), agents, none),
    update(data) {
      const online = data.agents.filter((agent) => agent.is_online).length;
      status.set(online === 0 ? "no agent" : counted(online, "agent"), online === 0 ? "warn" : "good");
      for (const [name, one] of figures) {
        one.set(count(data.tasks[name] ?? 0));
      }
      list(agents, data.agents, (agent) => agent.id, row);
      none.hidden = data.agents.length > 0;
    },
  };
}

function row(first) {
  const state = chip("", "idle");
  const what = h("span", {class: "muted"});
  const load = meter(`Load of ${first.id}`);
  const slots = h("span", {class: "muted"});
  const el = h(
    "li",
    {data: {agent: first.id}},
    h("div", {class: "row-main"}, h("span", {class: "row-title"}, h("b", null, first.id), state.el), what),
    h("div", {class: "row-side stack narrow"}, slots, load.el),
  );
  return {
    el,
    update(agent) {
      const busy = agent.max_load === 0 ? 0 : (agent.current_load / agent.max_load) * 100;
      state.set(words(agent.state), agent.is_available ? "good" : agent.is_online ? "info" : "bad");
      text(what, [agent.type, ...agent.capabilities.slice(0, 4), `seen ${ago(agent.last_heartbeat)}`].join(" · "));
      text(slots, `${agent.current_load} of ${agent.max_load} busy`);
      load.set(busy, busy >= 100 ? "warn" : "info", `${agent.current_load} of ${agent.max_load}`);
    },
  };
}
