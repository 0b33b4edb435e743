// What changes by itself: the stream of events, and states that are asked for again and again while somebody looks at them.

import {api, reach} from "./api.js";
import {events} from "./sse.js";
import {ApiError, SessionOver} from "./problem.js";
import {session} from "./session.js";

const LONGEST_WAIT = 30_000;
const SILENCE = 45_000;
const HIDDEN = 60_000;
const FULL_HOUSE = 60_000;
const REMEMBERED = 200;
const FRESH = 1500;

/** Why the server ends a stream that may be begun again at once: this page was slow, or has a newer token by now. */
const ANEW = new Set(["too_slow", "logged_out"]);

/** @typedef {"connecting" | "live" | "polling" | "lost" | "asleep"} LinkState */

/**
 * The link to the server: the stream of events, begun again with growing pauses when it breaks. Sleeps while the page is hidden, so that
 * forgotten tabs cost the server nothing. Tells `state`, and `event` for each event.
 */
class Link extends EventTarget {
  /** @type {LinkState} */
  state = "connecting";
  /** When the next attempt is made; 0 when none is waiting. */
  retryAt = 0;
  /** @type {{name: string, data: any}[]} newest first */
  recent = [];
  #failures = 0;
  #timer = 0;
  #watch = 0;
  #heard = 0;
  #sleeper = 0;
  /** @type {AbortController | null} */
  #stream = null;

  /** Looks after the page; {@link restart} connects. */
  start() {
    document.addEventListener("visibilitychange", () => this.#lookedAt());
    addEventListener("online", () => this.retry());
    reach.addEventListener("unreachable", () => this.#broken());
  }

  stop() {
    this.#close();
    this.recent = [];
    this.#failures = 0;
    this.#become("connecting");
  }

  restart() {
    this.stop();
    this.#connect();
  }

  /** Tries at once. */
  retry() {
    if (this.state === "lost") {
      this.#connect();
    }
  }

  async #connect() {
    this.#close();
    this.retryAt = 0;
    const mine = new AbortController();
    this.#stream = mine;
    try {
      if (!session.can("events:read")) {
        await api.get("/health/live");
        this.#poll(mine);
        return;
      }
      const response = await api.stream("GET", "/api/events", {signal: mine.signal});
      this.#failures = 0;
      this.#heard = Date.now();
      this.#watch = setInterval(() => this.#listen(), SILENCE / 3);
      this.#become("live");
      for await (const event of events(response, () => (this.#heard = Date.now()))) {
        if (event.name === "end" && ANEW.has(event.data.reason)) {
          this.#connect(); // what is missed, the states tell; without a session the question for it says so
          return;
        }
        this.#tell(event);
      }
      this.#again(mine);
    } catch (e) {
      if (e instanceof SessionOver || mine !== this.#stream) {
        return;
      }
      if (e instanceof ApiError) { // it answers, but does not tell events now
        this.#poll(mine);
        this.#timer = setTimeout(() => this.#connect(), Math.max(FULL_HOUSE, (e.retryAfter ?? 0) * 1000));
      } else {
        this.#again(mine);
      }
    }
  }

  /** The server answers, but tells nothing by itself. */
  #poll(stream) {
    if (stream === this.#stream) {
      this.#failures = 0;
      this.#become("polling");
    }
  }

  #tell(event) {
    if (event.name !== "end") { // by which the server says that it closes
      this.recent = [{...event, heard: Date.now()}, ...this.recent].slice(0, REMEMBERED);
      this.dispatchEvent(new CustomEvent("event", {detail: this.recent[0]}));
    }
  }

  /** Nothing, not even a heartbeat, has come for long: some networks lose connections without a word. */
  async #listen() {
    if (Date.now() - this.#heard < SILENCE) {
      return;
    }
    this.#heard = Date.now();
    try {
      await api.get("/health/live");
    } catch {
      this.#broken();
    }
  }

  #broken() {
    if (this.state === "live" || this.state === "polling") {
      this.#again(this.#stream);
    }
  }

  #again(stream) {
    if (stream !== this.#stream) {
      return; // another one has been begun
    }
    this.#close();
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.retryAt = Date.now() + wait;
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#become("lost");
  }

  #close() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    const open = this.#stream;
    this.#stream = null;
    open?.abort();
  }

  #lookedAt() {
    clearTimeout(this.#sleeper);
    if (!document.hidden) {
      if (this.state === "asleep") {
        this.#connect();
      }
      return;
    }
    this.#sleeper = setTimeout(() => {
      if (this.state === "live" || this.state === "polling") {
        this.#close();
        this.#become("asleep");
      }
    }, HIDDEN);
  }

  /** @param {LinkState} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const link = new Link();

/**
 * A state that is asked for while somebody looks at it, and at once when an event says that it has changed.
 *
 * @template T
 */
export class Resource {
  /** @type {T | null} the last good answer */
  data = null;
  /** @type {unknown} why the last attempt failed; null when it did not */
  error = null;
  /** When the data came. */
  at = 0;
  #watchers = new Set();
  #timer = 0;
  #busy = false;
  #soon = false;
  #hurried = false;

  /**
   * @param {string} path
   * @param {number} millis between two questions
   * @param {string} permission that the user needs for it
   * @param {RegExp} changedBy names of events
   */
  constructor(path, millis, permission, changedBy) {
    this.path = path;
    this.millis = millis;
    this.permission = permission;
    link.addEventListener("event", ({detail}) => {
      if (changedBy.test(detail.name)) {
        this.#hurry();
      }
    });
    link.addEventListener("state", () => {
      const answers = link.state === "live" || link.state === "polling";
      if (answers && !this.#busy && Date.now() - this.at > FRESH) {
        this.refresh();
      }
    });
  }

  /** Whether the user may ask for it. */
  get allowed() {
    return session.can(this.permission);
  }

  /** Calls now and after every answer. @param {(resource: Resource<T>) => void} watcher @returns {() => void} to stop it */
  watch(watcher) {
    this.#watchers.add(watcher);
    watcher(this);
    if (this.#watchers.size === 1) {
      this.refresh();
    }
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) {
        clearTimeout(this.#timer);
      }
    };
  }

  /** Forgets what another user was told. */
  forget() {
    clearTimeout(this.#timer);
    this.#watchers.clear();
    this.data = null;
    this.error = null;
    this.at = 0;
  }

  /** Asks now. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#hurried = false;
    if (this.#watchers.size === 0 || !this.allowed) {
      return;
    }
    if (this.#busy) {
      this.#soon = true;
      return;
    }
    this.#busy = true;
    const asked = this.path;
    try {
      const answer = await api.get(asked);
      if (asked === this.path) { // otherwise another one is asked for by now
        this.data = answer;
        this.error = null;
        this.at = Date.now();
      }
    } catch (e) {
      this.error = e;
    } finally {
      this.#busy = false;
    }
    for (const watcher of [...this.#watchers]) {
      watcher(this);
    }
    this.#next();
  }

  #next() {
    clearTimeout(this.#timer);
    if (this.#watchers.size > 0 && link.state !== "asleep" && link.state !== "lost") {
      this.#timer = setTimeout(() => this.refresh(), this.#soon ? 300 : this.millis);
    }
    this.#soon = false;
  }

  /** Several events often come together. */
  #hurry() {
    if (this.#busy) {
      this.#soon = true;
    } else if (this.#watchers.size > 0 && !this.#hurried) {
      this.#hurried = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), 300);
    }
  }
}

export const states = {
  health: new Resource("/api/health/detailed", 10_000, "health:read", /^health_/),
  memory: new Resource("/api/memory/stats", 5000, "memory:read", /^(tier_|memory_|damage_)/),
  routing: new Resource("/api/routing/stats", 5000, "routing:read", /^(call_|circuit_|model_|power_)/),
  power: new Resource("/api/power/status", 5000, "power:read", /^power_/),
  agents: new Resource("/api/agents/status", 5000, "agents:read", /^(agent_|task_)/),
  vpn: new Resource("/api/vpn/status", 10_000, "vpn:read", /^vpn_/),
  tasks: new Resource("/api/tasks?limit=50", 3000, "tasks:read", /^(agent_|task_)/),
  info: new Resource("/api/system/info", 300_000, "system:read", /^started$/),
};
