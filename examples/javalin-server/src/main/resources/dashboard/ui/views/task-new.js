// A dialog that submits a task.

import {h} from "../dom.js";
import {api} from "../api.js";
import {ask, field, toast, unique} from "../parts.js";
import {session} from "../session.js";

const PRIORITIES = ["low", "normal", "high", "urgent"];

/** @param {() => void} done */
export function submitTask(done) {
  const types = h("datalist", {id: unique("types")});
  const plain = {autocapitalize: "none", spellcheck: "false", required: true};
  const form = {pattern: "[A-Za-z0-9._:\\-]+", title: "Letters, digits and . _ : -", maxlength: "128"};
  const type = h("input", {list: types.id, ...form, ...plain});
  const payload = h("textarea", {rows: "6", class: "mono", ...plain});
  const priority = h("select", null, PRIORITIES.map((name) => h("option", {value: name, selected: name === "normal"}, name)));
  suggest(types);
  ask({
    title: "New task",
    body: [
      field("Type", type, "What agents offer is suggested; memory.put is done by the server itself."),
      types,
      field("Payload", payload, 'JSON, such as {"key": "greeting", "value": "hello"}; anything else is sent as a text.'),
      field("Priority", priority),
    ],
    confirm: "Submit",
    act: async () => {
      const answer = await api.post("/api/tasks/submit", {type: type.value, payload: read(payload.value), priority: priority.value});
      toast(`Task ${answer.task_id} is submitted.`);
      done();
    },
  });
}

async function suggest(types) {
  if (!session.can("agents:read")) {
    return;
  }
  try {
    const {agents} = await api.get("/api/agents/status");
    const names = new Set(agents.flatMap((agent) => agent.task_types ?? []));
    types.append(...[...names].sort().map((name) => h("option", {value: name})));
  } catch {
    // it is only a help
  }
}

function read(written) {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}
