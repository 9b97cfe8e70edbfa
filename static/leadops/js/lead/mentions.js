/* @ and the beginning of a name, in a comment: the colleagues who fit, to choose from. Works without
   it: a name that is typed in full is understood too. */

import { gettext, ngettext } from "../words.js";

const BEGUN = /(?:^|[^\w.@+-])@([\w.+-]*)$/u;
const MOST = 8;
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function offer(box) {
  const known = [...document.getElementById(box.dataset.mentions).options];
  const people = known.map((one) => ({ name: one.value, real: one.textContent.trim() }));
  const list = document.createElement("ul");
  const said = document.createElement("span");
  let found = [];
  let at = 0;

  list.id = box.id + "-names";
  list.role = "listbox";
  list.ariaLabel = gettext("Colleagues");
  list.hidden = true;
  said.role = "status";
  said.className = "visually-hidden";
  box.after(list, said);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);

  const begun = () =>
    box.selectionStart === box.selectionEnd && box.value.slice(0, box.selectionStart).match(BEGUN);
  const fits = (one, typed) =>
    [one.name, ...one.real.split(/\s+/)].some((word) => plain(word).startsWith(typed));

  function close() {
    found = [];
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
    box.removeAttribute("aria-activedescendant");
  }
  function mark(place) {
    at = (place + found.length) % found.length;
    [...list.children].forEach((one, n) => (one.ariaSelected = String(n === at)));
    list.children[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", list.children[at].id);
  }
  function draw(one, place) {
    const item = document.createElement("li");
    const real = document.createElement("span");
    item.id = list.id + "-" + place;
    item.role = "option";
    item.textContent = "@" + one.name + " ";
    real.textContent = one.real;
    item.append(real);
    return item;
  }
  function look() {
    const typed = begun();
    found = typed ? people.filter((one) => fits(one, plain(typed[1]))).slice(0, MOST) : [];
    if (!found.length) return close();
    list.replaceChildren(...found.map(draw));
    list.hidden = false;
    said.textContent = ngettext("%(count)s colleague", "%(count)s colleagues", found.length);
    mark(0);
  }
  function choose(one) {
    const typed = begun();
    if (typed) {
      const end = box.selectionStart;
      box.setRangeText("@" + one.name + " ", end - typed[1].length - 1, end, "end");
    }
    close();
    box.focus();
  }

  box.addEventListener("input", look);
  box.addEventListener("click", look);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (!found.length || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(at + step);
    else if (event.key === "Enter" || event.key === "Tab") choose(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // Before the box loses the focus.
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("li");
    event.preventDefault();
    if (item) choose(found[[...list.children].indexOf(item)]);
  });
}

for (const box of document.querySelectorAll("[data-mentions]")) offer(box);
