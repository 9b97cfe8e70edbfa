/* Sources: the first post is shown as it comes in, and read otherwise without leaving the page.
   It works without this too. */

import { ask, post } from "./request.js";

const QUICK = 120; /* turns of two seconds; then of ten, for an hour */
const LAST = 480;

/* Without what is new in every answer: the token of its forms, and how long ago it was. */
const bare = (html) =>
  html.replace(/csrfmiddlewaretoken" value="\w+"/g, "").replace(/<time.*?<\/time>/gs, "");

for (const box of document.querySelectorAll("[data-listen]")) listen(box);

function listen(box) {
  const word = box.parentElement.querySelector("[data-listen-word]");
  let drawn = "";
  let turn = 0;
  let asking = false;

  function draw(html) {
    const name = box.contains(document.activeElement) ? document.activeElement.name : "";
    box.innerHTML = html;
    /* Who has chosen something goes on from there. */
    if (name) box.querySelector(`[name="${CSS.escape(name)}"]`)?.focus();
    drawn = bare(html);
  }
  /* Only where the lead is: a drop-down is not drawn anew under somebody's hand. */
  function drawState(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const state = fresh.content.querySelector(".trial");
    if (state) box.querySelector(".trial")?.replaceWith(state);
  }
  function show(state, isAnswer) {
    const inHand = !isAnswer && document.activeElement?.closest("[data-choosing]");
    if (inHand) drawState(state.html);
    else if (bare(state.html) !== drawn) draw(state.html);
    if (word.textContent !== state.word) word.textContent = state.word;
  }
  async function look() {
    const state = asking || document.hidden ? null : await ask(box.dataset.listen);
    if (state && !asking) show(state, false);
    turn += 1;
    if (state && !state.open) return;
    if (turn < LAST) setTimeout(look, turn < QUICK ? 2000 : 10000);
  }
  async function send(form) {
    asking = true;
    try {
      show(await post(form.action, new FormData(form)), true);
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
