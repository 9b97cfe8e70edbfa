/* The progress of a bulk retry: asked for every 2 s while the page is seen. */

import { ask } from "./request.js";

const box = document.querySelector("[data-bulk]");
let shown = "";
let timer;

function show(state) {
  const seen = box.contains(document.activeElement);
  if (state.html !== shown && !seen) box.innerHTML = shown = state.html;
  const percent = state.active ? "(" + state.percent + " %) " : "";
  document.title = document.title.replace(/^(\(\d+ %\) )?/, percent);
}

async function refresh() {
  clearTimeout(timer);
  if (!box || document.hidden) return;
  const state = await ask(box.dataset.bulk);
  if (state) show(state);
  if (!state || state.active) timer = setTimeout(refresh, 2000);
  else location.reload(); // without Stop, with the last word
}

if (box) timer = setTimeout(refresh, 1000);
document.addEventListener("visibilitychange", () => box && refresh());
