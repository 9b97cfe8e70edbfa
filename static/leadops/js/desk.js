/* Every page's script: the box that finds, retry in place, fresh times, copying. The pages work
   without it. */

import { copyable } from "./copy.js";
import "./find.js";
import { retry } from "./retry.js";
import { freshenTimes } from "./times.js";

document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-lead-action], [data-retry]");
  if (button && !event.defaultPrevented) {
    event.preventDefault();
    retry(button);
  }
});

/* --- Time zone: the browser's own is offered too --- */
for (const form of document.querySelectorAll("form[data-zone]")) {
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = form.elements.zone;
  if (mine && ![...select.options].some((option) => option.value === mine))
    select.add(new Option(mine + " (this browser)", mine));
}

/* --- Forms that a choice sends off --- */
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const select of form.querySelectorAll("select")) select.disabled = !select.value;
  });
}

for (const block of document.querySelectorAll("[data-copy]")) copyable(block);
setInterval(freshenTimes, 10000);
