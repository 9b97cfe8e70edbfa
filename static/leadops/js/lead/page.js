/* The page of a lead and its entry card: copying, what comes next. Works without it. */

import { copiesWith, copy } from "../copy.js";
import { ask } from "../request.js";
import { gettext } from "../words.js";

/* --- What comes next: seconds count down, and a new state is a new page --- */
const head = document.querySelector("[data-status][data-state]");
let leaving = false; // a reload must not cut off what a button has sent
document.addEventListener("submit", () => (leaving = true));
async function look(turn) {
  if (leaving) return;
  const state = document.hidden ? null : await ask(head.dataset.state);
  if (leaving) return;
  if (state) {
    if (state.status !== head.dataset.status) return location.reload();
    const left = document.querySelector("[data-left]");
    if (left) left.textContent = state.left + " s";
    const undo = document.querySelector("#coming form");
    if (undo && !state.undo) undo.remove();
  }
  setTimeout(look, turn < 30 ? 1000 : 5000, turn + 1);
}
if (head && ["queued", "sending"].includes(head.dataset.status)) setTimeout(look, 1000, 0);

/* --- Who comes to enter it by hand finds that open --- */
const byHand = location.hash === "#by-hand" && document.querySelector("#by-hand details");
if (byHand) byHand.open = true;

/* --- Copy JSON, copy as curl --- */
for (const button of document.querySelectorAll("[data-copies]")) {
  const words = button.textContent;
  button.hidden = false;
  const afterwards = () => setTimeout(() => (button.textContent = words), 3000);
  copiesWith(button, document.getElementById(button.dataset.copies), afterwards);
}
for (const pre of document.querySelectorAll(".payload pre, .folds pre, .card > pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "soft wrap";
  button.textContent = gettext("Wrap lines");
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    const wraps = pre.classList.toggle("long-lines");
    button.setAttribute("aria-pressed", String(!wraps));
  });
  pre.before(button);
}

/* --- The entry card: Enter copies and moves on --- */
const copies = [...document.querySelectorAll("[data-card]")];
const said = document.getElementById("copied");
copies.forEach((button, place) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const row = button.closest("tr");
    const copied = await copy(document.getElementById(button.dataset.card));
    const label = row.querySelector("th").textContent;
    said.textContent = copied
      ? gettext("%(label)s copied", { label })
      : gettext("%(label)s selected: press Ctrl+C", { label });
    if (!copied) return;
    row.classList.add("done");
    const next = copies[place + 1] || document.getElementById("enter_zoho_id");
    if (next) next.focus();
  });
  button.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !copies[place + step]) return;
    event.preventDefault();
    copies[place + step].focus();
  });
});
if (copies.length) copies[0].focus({ preventScroll: true });
