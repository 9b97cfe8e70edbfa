/* The desk's script: live figures, retry in place, fresh times, copying. The pages work without it. */
"use strict";

document.documentElement.classList.add("js");
const json = { headers: { Accept: "application/json" }, credentials: "same-origin" };

/* --- Live figures: every 5 s while the page is seen, every minute after five idle minutes --- */
function live(box) {
  const word = box.querySelector("[data-live-state]");
  const pause = box.querySelector("[data-pause]");
  const name = document.title;
  let timer, tag = "", zone, stopped = false, used = Date.now();
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
    if (answer.failed !== undefined) document.title = (answer.failed ? `(${answer.shown.failed}) ` : "") + name;
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
      const headers = tag ? { ...json.headers, "If-None-Match": tag } : json.headers;
      const answer = await fetch(box.dataset.stats, { ...json, headers, cache: "no-store" });
      if (answer.status === 304) stamp(answer.headers.get("Date"));
      else if (!answer.ok) throw new Error(answer.status);
      else {
        show(await answer.json());
        tag = answer.headers.get("ETag") || "";
      }
      state(idle() ? "Every minute" : "Live", false);
    } catch {
      state("Not reached, trying again", true);
    }
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(refresh, idle() ? 60000 : 5000);
  }
  function state(text, late) {
    if (stopped && text !== "Paused") return;
    word.textContent = text;
    box.classList.toggle("late", late);
  }
  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      stopped = !stopped;
      pause.textContent = stopped ? "Go on" : "Pause";
      state(stopped ? "Paused" : "Live", stopped);
      refresh();
    });
  }
  for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"])
    addEventListener(sign, () => {
      const back = idle();
      used = Date.now();
      if (back) refresh();
    }, { passive: true });
  document.addEventListener("visibilitychange", refresh);
  timer = setTimeout(refresh, 5000);
}

const drawn = {};
function draw(id, html) {
  const place = document.getElementById(id);
  if (!place || drawn[id] === html || place.contains(document.activeElement)) return;
  const open = [...place.querySelectorAll("details[data-keep]")].some((d) => d.open);
  place.innerHTML = drawn[id] = html;
  for (const details of place.querySelectorAll("details[data-keep]")) details.open = open;
}

/* --- Retry in place: "Queued" instead of the button, then what became of it --- */
async function deed(button) {
  const row = button.closest("[data-lead]");
  const body = new FormData();
  body.set("csrfmiddlewaretoken", button.form.elements.csrfmiddlewaretoken.value);
  const others = [...row.querySelectorAll("button, a")].filter((one) => !one.matches(".undo"));
  for (const other of others) other.hidden = true;
  for (const former of row.querySelectorAll("[role=status]")) former.remove();
  const place = document.createElement("span");
  place.setAttribute("role", "status");
  row.append(place);
  say(place, "queued", "Sending…");
  try {
    const answer = await fetch(button.formAction, { ...json, method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    follow(await answer.json(), row, place, others, 0);
  } catch {
    place.remove();
    for (const other of others) other.hidden = false;
    button.form.requestSubmit(button); // the way without script says what is wrong
  }
}
function follow(state, row, place, others, turn) {
  if (!place.isConnected) return; // taken back meanwhile
  say(place, state.status, state.label, state.reason);
  offer(state, row, place, others);
  if (state.open && turn < 120) {
    setTimeout(async () => {
      const answer = await fetch(row.dataset.state || row.dataset.lead + "/state.json", json).catch(() => null);
      follow(answer && answer.ok ? await answer.json() : state, row, place, others, turn + 1);
    }, turn < 20 ? 1000 : 5000);
  } else if (state.status === "failed") {
    for (const other of others) other.hidden = false;
  }
}
/* Undo, beside what is announced, for as long as nobody has claimed the lead. */
function offer(state, row, place, others) {
  let undo = row.querySelector(".undo");
  if (!state.undo) return undo && undo.remove();
  if (!undo) {
    undo = document.createElement("button");
    undo.type = "button";
    undo.className = "soft undo";
    undo.innerHTML = 'Undo<span class="visually-hidden"></span><span class="left" aria-hidden="true"></span>';
    undo.children[0].textContent = " for lead " + state.id;
    undo.addEventListener("click", () => takeBack(state.undo, row, place, others));
    row.append(undo);
  }
  undo.children[1].textContent = state.left ? " · " + state.left + " s" : "";
}
async function takeBack(address, row, place, others) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const answer = await fetch(address, { ...json, method: "POST", body }).catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = place.cloneNode(true); // whoever follows the old place stops
  place.replaceWith(fresh);
  follow(await answer.json(), row, fresh, others, 0);
}
function say(place, status, text, reason) {
  const old = place.firstElementChild;
  if (old && old.textContent === text && old.classList.contains(status)) return;
  const badge = document.createElement("span");
  badge.className = "state " + status;
  badge.textContent = text;
  if (reason && status === "failed") badge.title = reason;
  place.replaceChildren(badge);
}

/* --- Times: "12 s ago" stays true --- */
function span(seconds) {
  if (seconds < 60) return Math.floor(seconds) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return Math.floor(seconds / 3600) + " h";
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "1 day" : days + " days";
}
function times() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const place = time.querySelector(".ago");
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (place) place.textContent = seconds < 0 ? "in " + span(-seconds) : span(seconds) + " ago";
  }
}

/* --- Copy buttons, with selecting as the way out on plain HTTP --- */
function copyable(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "soft copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block);
      button.textContent = "Selected: press Ctrl+C";
    }
  });
  block.after(button);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-deed], [data-retry]");
  if (button && !event.defaultPrevented && window.fetch) {
    event.preventDefault();
    deed(button);
  }
});
/* --- Time zone: the browser's own is offered too --- */
for (const form of document.querySelectorAll("form[data-zone]")) {
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = form.elements.zone;
  if (mine && ![...select.options].some((option) => option.value === mine))
    select.add(new Option(mine + " (this browser)", mine));
}
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const select of form.querySelectorAll("select")) select.disabled = !select.value;
  });
}
for (const box of document.querySelectorAll("[data-stats]")) live(box);
for (const block of document.querySelectorAll("[data-copy]")) copyable(block);
setInterval(times, 10000);
