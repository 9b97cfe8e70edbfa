/* Sites: a test lead is sent and watched without leaving the page. It works without this too. */

import { ask, post } from "./request.js";
import { reveal } from "./tabs.js";

async function send(form) {
  const place = document.querySelector("[data-trial-place]");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const state = await post(form.action, new FormData(form));
    // The one before it stays in the list, below.
    const box = document.createElement("div");
    if (place.firstChild) place.firstChild.remove();
    place.append(box);
    for (const word of document.querySelectorAll("[data-trial-none]")) word.remove();
    watch(box, state, 0);
    reveal(place);
    place.scrollIntoView({ block: "nearest" });
  } catch {
    form.submit(); // the way without script says what is wrong
  }
  button.disabled = false;
}

function watch(box, state, turn) {
  if (box.dataset.drawn !== state.html) {
    box.dataset.drawn = state.html;
    box.innerHTML = state.html;
  }
  if (!state.open || turn >= 150) return;
  const next = async () => {
    const fresh = document.hidden ? null : await ask(state.url);
    watch(box, fresh ?? state, turn + 1);
  };
  setTimeout(next, turn < 30 ? 1000 : 5000);
}

for (const form of document.querySelectorAll("[data-trial-form]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
for (const box of document.querySelectorAll("[data-trial][data-open]"))
  watch(box, { open: true, html: box.innerHTML, url: box.dataset.trial }, 0);
