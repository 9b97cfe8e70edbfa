/* The mapping page: rows move in place, and help follows the transform. Works without it, too. */

import { gettext } from "./words.js";

const mapping = document.getElementById("mapping");
const list = mapping.querySelector(".rules");
const blank = document.getElementById("blank-rule");

/* What was rehearsed is what stands here, or Save is not offered. */
const saves = mapping.querySelector("[data-rehearsed]");
function changed() {
  if (saves) saves.dataset.rehearsed = "";
}

function follow(rule) {
  const chosen = rule.querySelector("[name=transform]").selectedOptions[0];
  const takes = chosen ? chosen.dataset.takes : "";
  rule.classList.toggle("plain-rule", !takes);
  rule.classList.toggle("no-source", Boolean(chosen) && "noSource" in chosen.dataset);
  rule.querySelector(".takes").textContent = takes || gettext("Takes nothing more");
}

const moves = {
  up: (rule) => rule.previousElementSibling && rule.previousElementSibling.before(rule),
  down: (rule) => rule.nextElementSibling && rule.nextElementSibling.after(rule),
  remove: (rule) => {
    const next = rule.nextElementSibling || rule.previousElementSibling;
    rule.remove();
    (next ? next.querySelector("[data-move=remove]") : mapping.querySelector("[data-add]")).focus();
  },
};

mapping.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move], [data-add]");
  if (!button) return;
  event.preventDefault();
  if ("add" in button.dataset) {
    list.append(blank.content.cloneNode(true));
    list.lastElementChild.querySelector("[name=source]").focus();
  } else {
    moves[button.dataset.move](button.closest("[data-rule]"));
    if (button.isConnected) {
      const shown = getComputedStyle(button).visibility !== "hidden";
      (shown ? button : button.closest(".moves").querySelector("[data-move=remove]")).focus();
    }
  }
  changed();
});
mapping.addEventListener("change", (event) => {
  if (event.target.name === "transform") follow(event.target.closest("[data-rule]"));
});
mapping.addEventListener("input", (event) => {
  if (event.target.name === "source") event.target.title = event.target.value;
  if (event.target.name !== "lead") changed();
});
for (const rule of list.children) follow(rule);
