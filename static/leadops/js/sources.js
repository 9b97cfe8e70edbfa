/* Sources: the first post is shown as it comes in, and read otherwise without leaving the page.
   It works without this too. */

import { ask, post } from "./request.js";

const QUICK = 120; /* turns of two seconds; then one of ten, for an hour */
const LAST = 480;

for (const box of document.querySelectorAll("[data-listen]")) listen(box);

function listen(box) {
  const word = box.parentElement.querySelector("[data-listen-word]");
  let drawn = box.innerHTML;
  let turn = 0;
  let asking = false;

  function show(state) {
    if (state.html !== drawn) {
      const name = box.contains(document.activeElement) ? document.activeElement.name : "";
      drawn = box.innerHTML = state.html;
      /* Who had chosen something goes on from there. */
      if (name) (box.querySelector(`[name="${CSS.escape(name)}"]`) || box).focus();
    }
    if (word.textContent !== state.word) word.textContent = state.word;
    return state.open;
  }
  async function look() {
    /* A drop-down that is open is not drawn anew under somebody's hand. */
    const busy = asking || document.hidden || document.activeElement?.closest("[data-choosing]");
    const state = busy ? null : await ask(box.dataset.listen);
    if (state && !asking && !show(state)) return;
    turn += 1;
    if (turn < LAST) setTimeout(look, turn < QUICK ? 2000 : 10000);
  }
  async function send(form) {
    asking = true;
    try {
      show(await post(form.action, new FormData(form)));
    } catch {
      form.submit(); /* the way without script says what is wrong */
    }
    asking = false;
  }
  box.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-choosing]")) return;
    event.preventDefault();
    send(event.target);
  });
  box.addEventListener("change", (event) => {
    if (event.target.matches("select")) send(event.target.form);
  });
  setTimeout(look, 2000);
}
