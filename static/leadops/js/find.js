/* The box in the header, and a walk through what it found. Both work without. */

import { listen, offer } from "./keys.js";

for (const box of document.querySelectorAll("[data-keys-on]")) offer(box);

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
