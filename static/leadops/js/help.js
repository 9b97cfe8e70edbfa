/* The list of reasons: a search box over it, and the group of the one that a link names, opened. */

import { gettext, ngettext } from "./words.js";
const groups = [...document.querySelectorAll(".reason-group")];
const box = document.querySelector("[data-look-up]");

function show(id) {
  const one = id && document.getElementById(id);
  const group = one && one.closest(".reason-group");
  if (!group || group.open) return;
  group.open = true;
  one.scrollIntoView();
}
const named = () => show(decodeURIComponent(location.hash.slice(1)));
addEventListener("hashchange", named);
named();

/** The words without case and accents, as people type them. */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function find(asked) {
  const words = plain(asked).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of groups) {
    let here = 0;
    for (const one of group.querySelectorAll(".reason-list > div")) {
      const text = plain(one.textContent + " " + one.id);
      one.hidden = !words.every((word) => text.includes(word));
      here += !one.hidden;
    }
    group.hidden = !here;
    group.open = words.length > 0 && here > 0;
    found += here;
  }
  document.getElementById("reason-found").textContent = !words.length
    ? ""
    : found
      ? ngettext("%(count)s reason", "%(count)s reasons", found)
      : gettext("No reason says that. Try one word of the mail.");
}
if (box) {
  box.hidden = false;
  const input = box.querySelector("input");
  input.addEventListener("input", () => find(input.value));
}
