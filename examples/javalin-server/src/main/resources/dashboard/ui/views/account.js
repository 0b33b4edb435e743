// Who is logged in, and a new password.

import {h} from "../dom.js";
import {api} from "../api.js";
import {ask, field, toast} from "../parts.js";
import {session} from "../session.js";

/** Changes the password in a dialog; all of the user's sessions end then. @param {() => void} changed */
export function changePassword(changed) {
  const current = h("input", {type: "password", autocomplete: "current-password", required: true, maxlength: "1024"});
  const fresh = h("input", {type: "password", autocomplete: "new-password", required: true, minlength: "8", maxlength: "1024"});
  const again = h("input", {type: "password", autocomplete: "new-password", required: true, maxlength: "1024"});
  const check = () => again.setCustomValidity(again.value === fresh.value ? "" : "This is not the same as above.");
  fresh.addEventListener("input", check);
  again.addEventListener("input", check);
  // for password managers, which look for the name beside it
  const name = h("input", {class: "hidden-text", autocomplete: "username", readonly: true, tabindex: "-1", "aria-hidden": "true"});
  name.value = session.username ?? "";
  ask({
    title: "Change your password",
    body: [
      name,
      field("Password so far", current),
      field("New password", fresh, "At least 8 characters, not too well known."),
      field("New password again", again),
      h("p", {class: "muted"}, "All your sessions end, here and elsewhere."),
    ],
    confirm: "Change it",
    act: async () => {
      await api.put("/api/auth/me/password", {current_password: current.value, new_password: fresh.value});
      toast("The password is changed. Log in with the new one.");
      changed();
    },
  });
}
