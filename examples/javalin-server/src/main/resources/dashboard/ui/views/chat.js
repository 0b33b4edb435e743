// Asks models. Conversations stay in this page: they are gone with it.

import {h, fill} from "../dom.js";
import {api} from "../api.js";
import {button, empty, field} from "../parts.js";
import {icon} from "../icons.js";
import {events} from "../sse.js";
import {ApiError, SessionOver, Unreachable} from "../problem.js";
import {session} from "../session.js";
import {Answer, asked} from "../turn.js";

const REMEMBERED = 200_000;
const MODELS_GOOD_FOR = 60_000;
const EXAMPLES = ["What can you do?", "How does a heat pump heat a house?", "Write a haiku about a small computer."];

/** @typedef {{role: "user" | "assistant", content: string}} Said */

/** @returns {{title: string, el: HTMLElement, shown: () => void, stop: () => void}} */
export function chat() {
  /** @type {Said[]} */
  let said = [];
  /** @type {AbortController | null} */
  let running = null;
  const allowed = session.can("llm:write");
  const messages = h("div", {class: "messages", role: "log", "aria-live": "off", "aria-label": "Conversation", tabindex: "0"});
  const options = choices();
  const question = h("textarea", {
    rows: "1",
    placeholder: "Ask something",
    "aria-label": "Your question",
    enterkeyhint: "send",
    on: {
      input: () => grow(question),
      keydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          begin();
        }
      },
    },
  });
  const send = h("button", {type: "submit", class: "button primary send", disabled: !allowed}, icon("send"), h("span", null, "Send"));
  const stop = button("Stop", () => running?.abort(), {icon: "stop", kind: "send"});
  stop.hidden = true;

  const welcome = () =>
    empty(
      "Ask something.",
      "The answer comes from the backend that fits best, and shows which one that was and why.",
      h("div", {class: "examples"}, EXAMPLES.map((example) => button(example, () => ask(example)))),
    );

  const begin = () => {
    const text = question.value.trim();
    if (text && !running && allowed) {
      question.value = "";
      grow(question);
      ask(text);
    }
  };

  const ask = async (text) => {
    if (running) {
      return;
    }
    if (said.length === 0) {
      fill(messages);
    }
    messages.querySelectorAll(".again").forEach((old) => old.remove()); // only the last question can be asked again
    said.push({role: "user", content: text});
    messages.append(asked(text));
    await answer();
  };

  const answer = async () => {
    const turn = new Answer();
    const follow = follower(messages);
    turn.onGrowth = follow;
    messages.append(turn.el);
    follow(true);
    const mine = new AbortController();
    running = mine;
    toggle();
    try {
      await exchange({...options.chosen(), messages: recent(said), stream: true}, turn, mine.signal);
    } catch (e) {
      fail(e, turn, mine.signal);
    } finally {
      if (running === mine) {
        running = null;
        toggle();
      }
      if (turn.whole && turn.text && said[said.length - 1]?.role === "user") {
        said.push({role: "assistant", content: turn.text});
      }
    }
  };

  const fail = (failure, turn, signal) => {
    if (signal.aborted) {
      turn.stopped();
    } else if (!(failure instanceof SessionOver)) {
      turn.failed(failure, () => {
        if (!running) {
          turn.el.remove();
          said = said.slice(0, said.findLastIndex((one) => one.role === "user") + 1);
          answer();
        }
      });
    }
  };

  const toggle = () => {
    const busy = running !== null;
    const focused = document.activeElement === send || document.activeElement === stop;
    send.hidden = busy;
    stop.hidden = !busy;
    if (focused) {
      (busy ? stop : send).focus();
    }
  };

  const clear = () => {
    running?.abort();
    running = null;
    toggle();
    said = [];
    fill(messages, welcome());
    question.focus();
  };

  fill(messages, allowed ? welcome() : empty("You may not ask models.", "Your account lacks llm:write; an administrator can give it."));
  return {
    title: "Chat",
    el: h(
      "div",
      {class: "view chat"},
      h("header", {class: "view-head row"}, h("h1", {tabindex: "-1"}, "Chat"), button("New conversation", clear, {icon: "plus"})),
      messages,
      h(
        "form",
        {
          class: "composer",
          on: {
            submit: (event) => {
              event.preventDefault();
              begin();
            },
          },
        },
        h("div", {class: "composer-row"}, question, send, stop),
        options.el,
      ),
    ),
    shown: options.refresh,
    stop: () => running?.abort(),
  };
}

async function exchange(body, turn, signal) {
  const response = await api.stream("POST", "/api/llm/chat", {body, signal});
  try {
    for await (const {name, data} of events(response)) {
      switch (name) {
        case "message":
          turn.add(data.text);
          break;
        case "thinking":
          turn.think(data.text);
          break;
        case "routed":
          turn.routed(data);
          break;
        case "failed_over":
          turn.failedOver(data);
          break;
        case "restarted":
          turn.restarted(data);
          break;
        case "continued":
          turn.continued(data);
          break;
        case "done":
          turn.done(data);
          return;
        case "error":
          throw new ApiError(data.status, data);
        default: // of a newer server
      }
    }
  } catch (e) {
    throw e instanceof TypeError ? new Unreachable(e) : e; // that is how fetch says that the connection broke
  }
  throw new Unreachable(new Error("the stream ended without a last event"));
}

/** The end of the conversation that fits into a request. @param {Said[]} said */
function recent(said) {
  const kept = [];
  let size = 0;
  for (const one of [...said].reverse()) {
    size += one.content.length;
    if (size > REMEMBERED && kept.length > 0) {
      break;
    }
    kept.unshift(one);
  }
  return kept;
}

/** Keeps the end in sight, unless somebody has scrolled up to read. */
function follower(messages) {
  return (always = false) => {
    const below = messages.scrollHeight - messages.scrollTop - messages.clientHeight;
    if (always || below < 160) {
      messages.scrollTop = messages.scrollHeight;
    }
  };
}

function grow(area) {
  area.style.blockSize = "auto";
  area.style.blockSize = `${Math.min(area.scrollHeight + 2, 220)}px`;
}

function choices() {
  const model = h("select", null, h("option", {value: ""}, "As configured"));
  const privacy = h(
    "select",
    null,
    h("option", {value: "any"}, "May go anywhere"),
    h("option", {value: "trusted"}, "Trusted machines only"),
    h("option", {value: "edge_only"}, "This place only"),
  );
  const failover = h(
    "select",
    null,
    h("option", {value: "restart"}, "Begin again elsewhere"),
    h("option", {value: "continue"}, "Go on elsewhere"),
    h("option", {value: "fail"}, "Stop"),
  );
  const fresh = h("input", {type: "checkbox"});
  let known = 0;
  const refresh = async () => {
    if (!session.can("llm:read") || Date.now() - known < MODELS_GOOD_FOR) {
      return;
    }
    known = Date.now();
    try {
      const names = modelNames(await api.get("/api/llm/models"));
      const chosen = model.value;
      fill(model, h("option", {value: ""}, "As configured"), names.map((name) => h("option", {value: name}, name)));
      model.value = names.includes(chosen) ? chosen : "";
    } catch {
      known = 0; // the configured model will do
    }
  };
  return {
    el: h(
      "details",
      {class: "options"},
      h("summary", null, "Options"),
      h(
        "div",
        {class: "option-row"},
        field("Model", model),
        field("Privacy", privacy),
        field("When a backend fails", failover),
        h("label", {class: "check"}, fresh, "No answers from the cache"),
      ),
    ),
    refresh,
    chosen: () => ({
      ...(model.value ? {model: model.value} : {}),
      privacy: privacy.value,
      failover: failover.value,
      use_cache: !fresh.checked,
    }),
  };
}

/** Only backends have a location; the groups `edge` and `cloud` have none. */
function modelNames(answer) {
  const names = Object.values(answer)
    .filter((one) => one.location)
    .flatMap((one) => one.models.map((model) => model.name));
  return [...new Set(names)].sort();
}
