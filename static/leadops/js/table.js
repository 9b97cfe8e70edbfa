/* The failed table: selecting, the row's menu, "12 new, load", single keys. Works without it. */

import { copyText } from "./copy.js";
import { listen } from "./desk.js";
import { ask } from "./request.js";
import { gettext, ngettext } from "./words.js";

const form = document.getElementById("changelist-form");
const rows = [...document.querySelectorAll("#result_list tbody tr")];
const boxOf = (row) => row.querySelector(".action-select");
const pageOf = (row) => row.querySelector(".field-number a");
const leadOf = (row) => row.querySelector(".row-actions")?.dataset.lead;

/* --- Selecting: the bar comes with the first one; Shift selects a range --- */
const bar = document.querySelector(".with-many");
const across = bar && bar.querySelector("[name=select_across]");
const all = document.getElementById("action-toggle");
let last = null;

function count() {
  const chosen = rows.filter((row) => boxOf(row) && boxOf(row).checked).length;
  if (across && chosen < rows.length) across.checked = false;
  bar.classList.toggle("some", chosen > 0);
  bar.querySelector("[data-selected]").textContent =
    across && across.checked
      ? gettext("All of this view")
      : chosen
        ? ngettext("%(count)s selected", "%(count)s selected", chosen)
        : "";
  if (across) across.closest("label").hidden = chosen < rows.length;
  if (all) all.checked = rows.length > 0 && chosen === rows.length;
}
if (bar && rows.some(boxOf)) {
  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches || !box.matches(".action-select")) return;
    const now = rows.findIndex((row) => boxOf(row) === box);
    if (event.shiftKey && last !== null)
      for (const row of rows.slice(Math.min(now, last), Math.max(now, last) + 1))
        boxOf(row).checked = box.checked;
    last = now;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const row of rows) boxOf(row).checked = all.checked;
    count();
  });
  addEventListener("pageshow", count);
  count();
}

/* --- A retry that cannot help says so before --- */
const asIs = document.getElementById("as-is");
const AS_IS = "[data-retry][formaction$='?ask']";
for (const one of document.querySelectorAll(AS_IS)) {
  one.title = asIs.textContent.trim();
  one.setAttribute("aria-describedby", "as-is");
}
/* The key and a finger have seen no title: the first time they are told, the second time it is sent. */
let warned = null;
function warnsFirst(button) {
  if (!button.matches(AS_IS) || warned === button) {
    calm();
    return false;
  }
  calm();
  warned = button;
  const place = document.createElement("span");
  place.className = "sure";
  place.setAttribute("role", "status");
  button.parentElement.append(place);
  // A place that comes with its words in it is announced by few.
  requestAnimationFrame(() => {
    place.textContent = gettext("%(words)s Press once more to send it all the same.", {
      words: asIs.textContent.trim(),
    });
  });
  return true;
}
function calm() {
  if (warned) warned.parentElement.querySelector(".sure")?.remove();
  warned = null;
}
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest(AS_IS);
    if (!button || event.pointerType !== "touch" || !warnsFirst(button)) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

/* --- The drawer: what is not chosen stays out of the address --- */
const drawer = document.getElementById("changelist-filters");
if (drawer) {
  drawer.addEventListener("submit", () => {
    if (drawer.elements.from.value || drawer.elements.to.value) {
      const span = drawer.querySelector("[name=span]");
      if (span) span.disabled = true;
    }
    for (const one of drawer.elements) if (one.name && !one.value) one.disabled = true;
  });
  // Back from the page that it led to, the browser shows this one as it was left.
  addEventListener("pageshow", () => {
    for (const one of drawer.elements) one.disabled = false;
  });
}

/* --- A drawer lies over the rows: a click beside it or Escape puts it away --- */
document.addEventListener("pointerdown", (event) => away((one) => one.contains(event.target)));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") calm();
  if (event.key === "Escape") away((one) => !one.contains(document.activeElement), true);
});
function away(stays, focus) {
  for (const one of document.querySelectorAll(".drawer[open]")) {
    if (stays(one)) continue;
    one.open = false;
    if (focus) one.querySelector("summary").focus();
  }
}

/* --- The row's menu --- */
const menu = document.getElementById("more-menu");
const mayCorrect = document.querySelector("#keys[data-correct]");
/* The form leads back to the list as it is narrowed here. */
const correction = (row) =>
  leadOf(row) + "/correct/?_changelist_filters=" + encodeURIComponent(location.search.slice(1));
function link(text, href) {
  const one = document.createElement("a");
  one.href = href;
  one.textContent = text;
  return one;
}
/** The row's own Retry, where a phone has no room for it beside what helps more. */
function retryOf(row) {
  const own = row.querySelector("[data-retry]");
  if (!own || own.checkVisibility()) return [];
  const one = document.createElement("button");
  one.type = "button";
  one.textContent = own.textContent;
  one.addEventListener("click", () => {
    menu.hidePopover();
    own.click();
  });
  if (!own.matches(AS_IS)) return [one];
  const words = document.createElement("p");
  words.className = "help";
  words.textContent = asIs.textContent.trim();
  one.setAttribute("aria-describedby", "as-is");
  return [one, words];
}
function open(more) {
  const row = more.closest("tr");
  const page = more.href;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = gettext("Copy link");
  copy.addEventListener("click", async () => {
    if (await copyText(page)) copy.textContent = gettext("Copied");
    else prompt(gettext("Copy this address"), page);
  });
  menu.replaceChildren(
    ...(mayCorrect ? [link(gettext("Edit and retry"), correction(row))] : []),
    link(gettext("Mark as entered by hand"), page + "#by-hand"),
    ...retryOf(row),
    copy,
  );
  menu.showPopover();
  const place = more.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  menu.style.left =
    Math.max(8, Math.min(place.right - size.width, innerWidth - size.width - 8)) + "px";
  menu.style.top =
    (place.bottom + size.height + 8 > innerHeight
      ? place.top - size.height - 4
      : place.bottom + 4) + "px";
  menu.firstElementChild.focus();
  menu.addEventListener("toggle", () => more.setAttribute("aria-expanded", "false"), {
    once: true,
  });
  more.setAttribute("aria-expanded", "true");
}
if (menu && menu.showPopover) {
  for (const box of document.querySelectorAll(".row-actions")) {
    const more = link("⋯", pageOf(box.closest("tr")).href);
    more.className = "soft more";
    more.ariaLabel = gettext("⋯ more for lead %(number)s", { number: box.dataset.lead });
    more.ariaHasPopup = "true";
    box.append(more);
  }
  document.addEventListener("click", (event) => {
    const more = event.target.closest(".more");
    if (!more || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(more);
  });
}

/* --- "12 new, load": rows never jump --- */
const newer = document.querySelector("[data-newer]");
async function look() {
  if (!document.hidden) {
    const found = await ask(newer.dataset.newer);
    if (found) say(found);
  }
  setTimeout(look, 10000);
}
function say(found) {
  const tab = document.querySelector(".tabs .count");
  if (tab) tab.textContent = found.failed;
  document.title = document.title.replace(/^\([^)]*\)/, "(" + found.failed + ")");
  const text = found.new === "0" ? "" : gettext("%(count)s new, load", { count: found.new });
  if (newer.textContent !== text)
    newer.replaceChildren(...(text ? [link(text, location.href)] : []));
}
if (newer) setTimeout(look, 5000);

/* --- Single keys --- */
const keys = document.getElementById("keys");
let at = -1;
function mark(index) {
  if (rows[at]) rows[at].classList.remove("at");
  if (index !== at) calm();
  at = index;
  rows[at].classList.add("at");
}
function go(step) {
  const next = Math.max(0, Math.min(rows.length - 1, at + step));
  if (!rows[next]) return;
  mark(next);
  pageOf(rows[at]).focus();
  rows[at].scrollIntoView({ block: "nearest" });
}
const ACTIONS = {
  "?": () => keys.showModal(),
  j: () => go(1),
  k: () => go(-1),
  r() {
    if (!rows[at]) return location.reload();
    const retry = rows[at].querySelector("[data-retry]");
    if (retry && !retry.hidden && !warnsFirst(retry)) retry.click();
  },
  x() {
    const box = rows[at] && boxOf(rows[at]);
    if (box) box.click();
  },
  e() {
    if (rows[at] && mayCorrect && leadOf(rows[at])) location.assign(correction(rows[at]));
  },
};
if (keys) {
  const button = document.querySelector("[data-keys]");
  button.hidden = false;
  button.addEventListener("click", () => keys.showModal());
  for (const [index, row] of rows.entries()) row.addEventListener("focusin", () => mark(index));
  listen(ACTIONS);
}
