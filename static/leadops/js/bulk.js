/* The progress of a bulk retry: asked for every second while the page is seen, to its last word. */

import { ask } from "./request.js";
import { freshenTimes } from "./times.js";

const box = document.querySelector("[data-bulk]");
let shown = "";
let timer;
let ahead = 0; // by how many seconds this machine's clock is ahead of the server's

/* As leads/desk/kit/formatting.py says it. */
function lasted(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return Math.floor(minutes / 60) + " h " + (minutes % 60) + " min";
  return (minutes ? minutes + " min " : "") + (Math.floor(seconds) % 60) + " s";
}
function tick() {
  for (const place of box.querySelectorAll("[data-since]"))
    place.textContent = lasted(Math.max(0, Date.now() / 1000 - ahead - place.dataset.since));
  freshenTimes();
}

/* Anew, with the focus on the same link as before. */
function draw(html) {
  if (html === shown) return;
  const at = box.contains(document.activeElement) && document.activeElement.getAttribute("href");
  box.innerHTML = shown = html;
  const again = at && [...box.querySelectorAll("a")].find((one) => one.getAttribute("href") === at);
  if (again) again.focus({ preventScroll: true });
}
function show(state) {
  ahead = Date.now() / 1000 - state.now;
  draw(state.html);
  const percent = state.active ? "(" + state.percent + " %) " : "";
  document.title = document.title.replace(/^(\(\d+ %\) )?/, percent);
  if (!state.active)
    for (const one of document.querySelectorAll("[data-while-active]")) one.remove();
  tick();
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  const state = await ask(box.dataset.bulk);
  box.classList.toggle("late", !state);
  if (state) show(state);
  clearTimeout(timer);
  if (!state || state.active) timer = setTimeout(refresh, 1000);
  else clearInterval(clock);
}

const clock = box && setInterval(tick, 1000);
if (box) {
  timer = setTimeout(refresh, 1000);
  document.addEventListener("visibilitychange", refresh);
}
