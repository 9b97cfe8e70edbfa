/* Every page's script: the box that finds, single keys, retry in place, fresh times, copying. The
   pages work without it. */

import { copyable } from "./copy.js";
import { retry } from "./retry.js";
import { freshenTimes } from "./times.js";
import { gettext } from "./words.js";

document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-lead-action], [data-retry]");
  if (button && !event.defaultPrevented) {
    event.preventDefault();
    retry(button);
  }
});

/* --- Single keys, which can be switched off (WCAG 2.1.4): one choice for all pages --- */
const KEY = "leadops.keys";
const TYPED_INTO =
  "input:not([type=checkbox]), textarea, select, dialog, [popover], [contenteditable]";
let here = true;

function areOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return here;
  }
}

/* A box that switches them on and off. */
function offer(box) {
  box.checked = areOn();
  box.addEventListener("change", () => {
    here = box.checked;
    try {
      localStorage.setItem(KEY, here ? "on" : "off");
    } catch {
      /* kept for this page */
    }
  });
}

/* What each key does, unless somebody types or holds another. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest(TYPED_INTO);
    const chord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (!areOn() || typing || chord || event.defaultPrevented || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
}

/* --- The box in the header, and a walk through what it found --- */
// Where a person may not look for all leads, the list's own box.
const box = document.querySelector("#find input[name=q], #searchbar");
function lookFor() {
  box.focus();
  box.select();
}
if (box) listen({ "/": lookFor });

const found = [...document.querySelectorAll(".found a")];
if (found.length) {
  found[0].focus();
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = found.indexOf(document.activeElement);
    if (!step || (at < 0 && document.activeElement !== box)) return;
    event.preventDefault();
    const next = at + step;
    if (next < 0) return lookFor();
    found[Math.min(next, found.length - 1)].focus();
  });
}

/* --- Time zone: the browser's own is offered too --- */
for (const form of document.querySelectorAll("form[data-zone]")) {
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = form.elements.zone;
  if (mine && ![...select.options].some((option) => option.value === mine))
    select.add(new Option(gettext("%(zone)s (this browser)", { zone: mine }), mine));
}

/* --- Forms that a choice sends off --- */
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const select of form.querySelectorAll("select")) select.disabled = !select.value;
  });
}

for (const block of document.querySelectorAll("[data-copy]")) copyable(block);
for (const choice of document.querySelectorAll("[data-keys-on]")) offer(choice);
setInterval(freshenTimes, 10000);
