// Asks who is there.

import {h, fill} from "../dom.js";
import {field, problem} from "../parts.js";
import {mark} from "../icons.js";
import {session} from "../session.js";

/**
 * The login.
 *
 * @param {string} why a sentence on why it is asked for; empty at the first time
 * @param {() => void} done
 * @returns {{title: string, el: HTMLElement}}
 */
export function login(why, done) {
  const plain = {autocapitalize: "none", spellcheck: "false", required: true};
  const name = h("input", {name: "username", autocomplete: "username", maxlength: "64", ...plain});
  const password = h("input", {name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: "1024"});
  const reveal = h("input", {type: "checkbox", on: {change: () => (password.type = reveal.checked ? "text" : "password")}});
  const trouble = h("div", null, why && h("p", {class: "note", role: "status"}, why));
  const go = h("button", {type: "submit", class: "button primary wide"}, h("span", null, "Log in"));
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    fill(trouble);
    try {
      await session.login(name.value.trim(), password.value);
      password.value = "";
      done();
    } catch (e) {
      fill(trouble, problem(e));
      password.select();
      password.focus();
    } finally {
      go.disabled = false;
    }
  };
  const el = h(
    "main",
    {class: "login", id: "content", tabindex: "-1"},
    h(
      "form",
      {class: "card", on: {submit}},
      h("div", {class: "login-brand"}, mark(), h("h1", null, "Prime Spark")),
      trouble,
      field("Name", name),
      field("Password", password),
      h("label", {class: "check"}, reveal, "Show the password"),
      go,
      h("p", {class: "hint"}, "The first start of the server prints the name and password of an administrator, once."),
    ),
  );
  return {title: "Log in", el};
}
