/* The progress of a bulk retry: asked for every 2 s while the page is seen. */
"use strict";
{ // names of our own: desk.js is on this page too
const box = document.querySelector("[data-bulk]");
let shown = "", timer;

async function refresh() {
  clearTimeout(timer);
  if (!box || document.hidden) return;
  let active = true;
  try {
    const answer = await fetch(box.dataset.bulk, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const state = await answer.json();
    active = state.active;
    if (state.html !== shown && !box.contains(document.activeElement)) box.innerHTML = shown = state.html;
    document.title = document.title.replace(/^(\(\d+ %\) )?/, active ? "(" + state.percent + " %) " : "");
  } catch {
    /* Asked again below. */
  }
  if (active) timer = setTimeout(refresh, 2000);
  else location.reload(); // without Stop, with the last word
}

if (box) timer = setTimeout(refresh, 1000);
document.addEventListener("visibilitychange", () => box && refresh());
}
