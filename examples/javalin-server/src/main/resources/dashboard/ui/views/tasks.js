// Work: what waits, runs and is over; cancelled or given new attempts from here.

import {h, fill, list, text} from "../dom.js";
import {api, path, query} from "../api.js";
import {ask, button, chip, empty, field, meter, problem, skeleton, toast} from "../parts.js";
import {ago, counted, moment, span, words} from "../format.js";
import {link, states} from "../live.js";
import {session} from "../session.js";
import {submitTask} from "./task-new.js";

const PAGE = 50;
const MOST = 500;
const OPEN = new Set(["pending", "scheduled", "in_progress"]);
const STATUSES = ["", "pending", "scheduled", "in_progress", "completed", "failed", "cancelled"];
/** @type {Record<string, import("../parts.js").Tone>} */
const TONES = {pending: "idle", scheduled: "idle", in_progress: "info", completed: "good", failed: "bad", cancelled: "warn"};

/** @returns {{title: string, el: HTMLElement, stop: () => void}} */
export function tasks() {
  let limit = PAGE;
  const rows = h("ul", {class: "rows tasks"});
  const note = h("div", null, skeleton(6));
  const more = button("Show more", () => {
    limit = Math.min(MOST, limit + PAGE);
    aim();
  });
  more.hidden = true;
  const choices = STATUSES.map((name) => h("option", {value: name}, name === "" ? "All" : words(name)));
  const status = h("select", {on: {change: () => restart()}}, choices);

  const aim = () => {
    states.tasks.path = `/api/tasks${query({status: status.value, limit})}`;
    states.tasks.refresh();
  };
  const restart = () => {
    limit = PAGE;
    aim();
  };
  const show = () => {
    const {data, error} = states.tasks;
    if (data) {
      list(rows, data.tasks, (task) => task.task_id, row);
      more.hidden = data.cursor === null || limit >= MOST;
    }
    if (error && link.state !== "lost") {
      if (!note.querySelector(".problem")) {
        fill(note, problem(error, () => states.tasks.refresh()));
      }
    } else if (data) {
      fill(note, data.tasks.length === 0 && nothing(status.value));
    }
  };

  let unwatch = () => {};
  if (states.tasks.allowed) {
    states.tasks.path = `/api/tasks?limit=${PAGE}`;
    unwatch = states.tasks.watch(show);
  } else {
    fill(note, empty("You may not see tasks.", "Your account lacks tasks:read; an administrator can give it."));
  }
  return {
    title: "Tasks",
    el: h(
      "div",
      {class: "view"},
      h(
        "header",
        {class: "view-head row"},
        h("h1", {tabindex: "-1"}, "Tasks"),
        session.can("tasks:write") && button("New task", () => submitTask(() => states.tasks.refresh()), {icon: "plus"}),
      ),
      h("div", {class: "toolbar"}, field("Show", status)),
      h("section", {class: "card", "aria-label": "Tasks, newest first"}, rows, note, more),
    ),
    stop: unwatch,
  };
}

/** Only administrators are shown the tasks of all. */
function nothing(status) {
  const all = session.can("tasks:admin");
  return status
    ? empty(`${all ? "No task" : "No task of yours"} is ${words(status)}.`)
    : empty(all ? "There are no tasks." : "You have no tasks.", "Programs submit them with POST /api/tasks/submit; try one with New task.");
}

function row(first) {
  let task = first;
  const state = chip("", "idle");
  const what = h("span", {class: "muted"});
  const trouble = h("p", {class: "why"});
  const bar = meter("Progress");
  const progress = h("span", {class: "muted"});
  const steps = h("div", {class: "row-side stack progress"}, progress, bar.el);
  const cancel = button("Cancel", () => confirmCancel(task), {kind: "small"});
  const replay = button("Try again", () => again(task), {kind: "small", icon: "retry"});
  const details = h("div", null);
  const fold = h(
    "details",
    {
      class: "task-details",
      on: {
        toggle: () => {
          if (fold.open) {
            loadDetails(task, details);
          }
        },
      },
    },
    h("summary", null, "Details", h("span", {class: "hidden-text"}, ` of ${first.type}`)),
    details,
  );
  const el = h(
    "li",
    {data: {task: first.task_id}},
    h("div", {class: "row-main"}, h("span", {class: "row-title"}, h("b", null, first.type), state.el), what, trouble),
    steps,
    h("div", {class: "row-actions"}, cancel, replay),
    fold,
  );
  let shownStatus = "";
  return {
    el,
    update(now) {
      task = now;
      el.dataset.status = task.status;
      state.set(words(task.status), TONES[task.status] ?? "idle");
      text(what, about(task));
      text(trouble, task.error);
      trouble.hidden = !task.error;
      const running = task.status === "in_progress";
      steps.hidden = !running;
      bar.set(task.progress * 100);
      text(progress, [`${Math.round(task.progress * 100)} %`, task.progress_note].filter(Boolean).join(" · "));
      cancel.hidden = !OPEN.has(task.status) || !session.can("tasks:write");
      replay.hidden = task.status !== "failed" || !session.can("tasks:admin");
      if (fold.open && shownStatus !== task.status) {
        loadDetails(task, details);
      }
      shownStatus = task.status;
    },
  };
}

function about(task) {
  const parts = [
    task.priority !== "normal" && `${task.priority} priority`,
    `submitted ${ago(task.created_at)}`,
    task.assigned_agent && `by ${task.assigned_agent}`,
    task.attempts > 1 && counted(task.attempts, "attempt"),
    task.started_at && task.completed_at && `took ${span(Date.parse(task.completed_at) - Date.parse(task.started_at))}`,
    task.parked_reason,
  ];
  return parts.filter(Boolean).join(" · ");
}

async function loadDetails(task, place) {
  if (place.childElementCount === 0) {
    fill(place, skeleton(3));
  }
  try {
    fill(place, facts(await api.get(path("api", "tasks", task.task_id))));
  } catch (e) {
    fill(place, problem(e, () => loadDetails(task, place)));
  }
}

function facts(task) {
  const times = [
    ["Submitted", task.created_at],
    ["Not before", task.not_before],
    ["Deadline", task.deadline],
    ["Started", task.started_at],
    ["Ended", task.completed_at],
  ];
  const result = typeof task.result === "string" ? task.result : JSON.stringify(task.result ?? null, null, 2);
  const time = ([name, at]) => h("div", {class: "figure"}, h("dt", null, name), h("dd", null, moment(at)));
  return h(
    "div",
    null,
    h("p", {class: "muted"}, "Id ", h("code", null, task.task_id)),
    h("dl", {class: "figures"}, times.filter(([, at]) => at).map(time)),
    task.status === "completed" && [
      h("p", {class: "label"}, "Result"),
      h("pre", {tabindex: "0", role: "region", "aria-label": "Result"}, h("code", null, result)),
    ],
  );
}

function confirmCancel(task) {
  ask({
    title: "Cancel this task?",
    body: [
      h("p", null, h("b", null, task.type), task.status === "in_progress" ? " is running; its agent is told to stop." : " has not begun."),
      h("p", {class: "muted"}, h("code", null, task.task_id)),
    ],
    confirm: "Cancel the task",
    danger: true,
    act: async () => {
      const answer = await api.remove(path("api", "tasks", task.task_id));
      toast(answer.status === "cancelled" ? `${task.type} is cancelled.` : `${task.type} is told to stop.`);
      states.tasks.refresh();
    },
  });
}

async function again(task) {
  try {
    await api.post(`${path("api", "tasks", "dead", task.task_id)}/replay`);
    toast(`${task.type} waits for an agent again.`);
  } catch (e) {
    toast(e);
  }
  states.tasks.refresh();
}
