/* Sites: a test lead is sent and watched without leaving the page. It works without this too. */
"use strict";

(() => {
  const asked = { headers: { Accept: "application/json" }, credentials: "same-origin" };

  async function send(form) {
    const place = document.querySelector("[data-trial-place]");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { ...asked, method: "POST", body: new FormData(form) });
      if (!answer.ok) throw new Error(answer.status);
      const state = await answer.json();
      // The one before it stays in the list, below.
      const box = document.createElement("div");
      if (place.firstChild) place.firstChild.remove();
      place.append(box);
      for (const word of document.querySelectorAll("[data-trial-none]")) word.remove();
      watch(box, state, 0);
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
      const answer = document.hidden ? null : await fetch(state.url, asked).catch(() => null);
      watch(box, answer && answer.ok ? await answer.json() : state, turn + 1);
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
})();
