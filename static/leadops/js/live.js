/* Live figures: every 5 s while the page is seen, every minute after five idle minutes. */

import { headers } from "./request.js";
import { gettext } from "./words.js";

/* Keeps the figures of a page fresh, from the address that the box names. */
function live(box) {
  const word = box.querySelector("[data-live-state]");
  const pause = box.querySelector("[data-pause]");
  const name = document.title;
  let timer;
  let tag = "";
  let zone;
  let stopped = false;
  let used = Date.now();
  const idle = () => Date.now() - used > 300000;

  function show(answer) {
    zone = answer.time_zone;
    for (const place of document.querySelectorAll("[data-figure]")) {
      const text = answer.shown[place.dataset.figure];
      if (text === undefined) continue;
      if (place.textContent !== text) place.textContent = text;
      if (place.matches(".count")) place.hidden = text === "0";
    }
    for (const place of document.querySelectorAll("[data-attention]"))
      place.classList.toggle("attention", answer[place.dataset.attention] > 0);
    for (const [id, html] of Object.entries(answer.fragments || {})) draw(id, html);
    if (answer.failed !== undefined)
      document.title = (answer.failed ? `(${answer.shown.failed}) ` : "") + name;
  }
  function stamp(date) {
    const place = document.querySelector('[data-figure="updated_at"]');
    const at = date ? new Date(date) : new Date();
    if (place && zone) place.textContent = at.toLocaleTimeString("en-GB", { timeZone: zone });
  }
  async function refresh() {
    clearTimeout(timer);
    if (stopped || document.hidden) return;
    try {
      const answer = await fetch(box.dataset.stats, {
        headers: tag ? { ...headers, "If-None-Match": tag } : headers,
        cache: "no-store",
      });
      if (answer.status === 304) stamp(answer.headers.get("Date"));
      else if (!answer.ok) throw new Error(answer.status);
      else {
        show(await answer.json());
        tag = answer.headers.get("ETag") || "";
      }
      state(idle() ? gettext("Every minute") : gettext("Live"), false);
    } catch {
      state(gettext("Not reached, trying again"), true);
    }
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(refresh, idle() ? 60000 : 5000);
  }
  function state(text, late) {
    if (stopped && text !== gettext("Paused")) return;
    word.textContent = text;
    box.classList.toggle("late", late);
  }
  function noticeUse() {
    const back = idle();
    used = Date.now();
    if (back) refresh();
  }

  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      stopped = !stopped;
      pause.textContent = stopped ? gettext("Go on") : gettext("Pause");
      state(stopped ? gettext("Paused") : gettext("Live"), stopped);
      refresh();
    });
  }
  for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"])
    addEventListener(sign, noticeUse, { passive: true });
  document.addEventListener("visibilitychange", refresh);
  timer = setTimeout(refresh, 5000);
}

const drawn = {};

/* A part of the page anew, unless somebody is in it; what was unfolded stays unfolded. */
function draw(id, html) {
  const place = document.getElementById(id);
  if (!place || drawn[id] === html || place.contains(document.activeElement)) return;
  const open = [...place.querySelectorAll("details[data-keep]")].some((d) => d.open);
  place.innerHTML = drawn[id] = html;
  for (const details of place.querySelectorAll("details[data-keep]")) details.open = open;
}

for (const box of document.querySelectorAll("[data-stats]")) live(box);
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
