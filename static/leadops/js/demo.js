/* The demo page's script: asks once a second where the lead is. Without it the page reloads. */
"use strict";

const order = ["received", "queued", "sending", "delivered"];

function show(box, state) {
  const reached = state.status === "failed" ? 1 : Math.max(1, order.indexOf(state.status));
  for (const stop of box.querySelectorAll("[data-step]")) {
    const place = order.indexOf(stop.dataset.step);
    const failed = state.status === "failed" && place === 3;
    stop.className = failed ? "failed" : place < reached || state.status === "delivered" ? "done" : place === reached && state.status !== "failed" ? "here" : "";
    if (failed) stop.lastChild.textContent = "Failed";
    if (place === 3 && !failed) stop.lastChild.textContent = "Delivered";
  }
  const reason = state.reason ? ": " + state.reason : "";
  const words = { delivered: "Zoho has it: 13003.", failed: "It waits for a person" + reason + "." };
  const text = words[state.status] || state.label + reason + (state.open ? "…" : ".");
  const verdict = box.querySelector("[data-verdict]");
  if (verdict.textContent !== text) verdict.textContent = text;
}

async function watch(box) {
  const answer = await fetch(box.dataset.status, { headers: { Accept: "application/json" } }).catch(() => null);
  const state = answer && answer.ok ? await answer.json() : { open: true };
  if (state.status) show(box, state);
  if (state.open) setTimeout(watch, 1000, box);
}

for (const box of document.querySelectorAll("[data-status]")) {
  show(box, { status: box.dataset.now, label: box.querySelector("[data-verdict]").textContent.replace("…", ""), open: "open" in box.dataset });
  watch(box);
}
