// Who uses this page. Tokens are kept in sessionStorage: a reload keeps them, closing the tab ends them, other tabs and other sites do not
// get them, and there is no cookie that a browser would send by itself. A refresh token is good once, so a tab never shares its own.

import {json, send} from "./http.js";
import {ApiError, SessionOver} from "./problem.js";

const KEY = "prime-spark.session";
const SPARE = 30_000;
const ANSWER_WITHIN = 150;

/**
 * @typedef {object} Kept
 * @property {string} id of this tab's session; made up here
 * @property {string} access
 * @property {string} refresh
 * @property {number} until when the access token ends, by this device's clock
 */

class Session extends EventTarget {
  /** Whether the server has logins at all. */
  logins = true;
  /** @type {string | null} */
  username = null;
  /** @type {string[]} */
  roles = [];
  /** @type {string[]} */
  permissions = [];
  /** @type {Kept | null} */
  #kept = null;
  /** @type {Promise<void> | null} */
  #refreshing = null;
  #channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(KEY) : null;

  constructor() {
    super();
    this.#channel?.addEventListener("message", ({data}) => {
      if (data?.ask && this.#kept && data.ask === this.#kept.id) {
        this.#channel?.postMessage({mine: data.ask});
      }
    });
  }

  /** Takes up what a reload has left. @returns {Promise<boolean>} whether somebody is logged in */
  async start() {
    const server = await json(await send("GET", "/dashboard.json"));
    this.logins = server.logins;
    if (!this.logins) {
      this.permissions = ["*:*"];
      return true;
    }
    const stored = read();
    if (!stored || (await this.#ownedElsewhere(stored.id))) {
      forget();
      return false;
    }
    this.#kept = stored;
    try {
      await this.#learn();
      return true;
    } catch (e) {
      if (e instanceof SessionOver || (e instanceof ApiError && e.status === 401)) {
        this.#clear();
        return false;
      }
      throw e;
    }
  }

  async login(username, password) {
    this.#keep(await json(await send("POST", "/api/auth/login", {body: {username, password}})));
    await this.#learn();
  }

  /** Ends the session here, and on the server if that can be reached. */
  async logout() {
    const token = this.#kept?.access;
    this.#clear();
    try {
      await send("POST", "/api/auth/logout", {token});
    } catch {
      // it ends by itself, with its tokens
    }
  }

  /** The access token, a fresh one if need be; null without logins. @returns {Promise<string | null>} */
  async token() {
    if (!this.logins) {
      return null;
    }
    if (!this.#kept) {
      throw new SessionOver("log in to go on");
    }
    if (this.#kept.until - Date.now() < SPARE) {
      await this.refresh();
    }
    return this.#kept?.access ?? null;
  }

  /** Trades the refresh token, once however many ask for it. */
  async refresh() {
    this.#refreshing ??= this.#trade().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  /** Forgets everything and says so. @param {string} reason */
  over(reason) {
    if (this.#kept) {
      this.#clear();
      this.dispatchEvent(new CustomEvent("over", {detail: reason}));
    }
  }

  /** Whether the user has a right. The server decides; this only spares people buttons that cannot work. */
  can(permission) {
    const [area, action] = permission.split(":");
    return this.permissions
      .map((granted) => granted.split(":"))
      .some(([a, b]) => (a === "*" || a === area) && (b === "*" || b === action));
  }

  async #trade() {
    const refresh = this.#kept?.refresh;
    try {
      this.#keep(await json(await send("POST", "/api/auth/refresh", {body: {refresh_token: refresh}})));
    } catch (e) {
      if (e instanceof ApiError && e.status < 500 && e.status !== 429) {
        const reason = "Your session has ended. Log in to go on.";
        this.over(reason);
        throw new SessionOver(reason);
      }
      throw e;
    }
  }

  async #learn() {
    const me = await this.#me();
    this.username = me.username;
    this.roles = me.roles;
    this.permissions = me.permissions;
  }

  /** A clock that differs may take a token for good that the server finds too old. */
  async #me() {
    try {
      return await json(await send("GET", "/api/auth/me", {token: await this.token()}));
    } catch (e) {
      if (!(e instanceof ApiError) || e.type !== "token-expired") {
        throw e;
      }
      await this.refresh();
      return json(await send("GET", "/api/auth/me", {token: await this.token()}));
    }
  }

  #keep(login) {
    this.#kept = {
      id: this.#kept?.id ?? random(),
      access: login.access_token,
      refresh: login.refresh_token,
      until: Date.now() + login.expires_in * 1000,
    };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // then a reload asks for the password again
    }
  }

  #clear() {
    this.#kept = null;
    this.username = null;
    this.roles = [];
    this.permissions = [];
    forget();
  }

  /** A duplicated tab begins with a copy of the other one's storage; two that use one refresh token look like a thief to the server. */
  #ownedElsewhere(id) {
    const channel = this.#channel;
    if (!channel) {
      return false;
    }
    return new Promise((resolve) => {
      const listen = ({data}) => {
        if (data?.mine === id) {
          resolve(true);
        }
      };
      channel.addEventListener("message", listen);
      channel.postMessage({ask: id});
      setTimeout(() => {
        channel.removeEventListener("message", listen);
        resolve(false);
      }, ANSWER_WITHIN);
    });
  }
}

/** @returns {Kept | null} */
function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return kept && typeof kept.access === "string" && typeof kept.refresh === "string" ? kept : null;
  } catch {
    return null;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was stored either
  }
}

/** crypto.randomUUID is missing on pages that came without TLS. */
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const session = new Session();
