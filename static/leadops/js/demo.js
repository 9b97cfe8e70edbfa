/* The demo page's script: asks once a second where the lead is. Without it the page reloads. */

import { ask } from "./request.js";

const order = ["received", "queued", "sending", "delivered"];

/* How a stop of the way is drawn: its class, "" for one that lies ahead. */
function classOf(place, status) {
  if (status === "delivered") return "done";
  if (status === "failed") return place === 3 ? "failed" : place < 1 ? "done" : "";
  const reached = Math.max(1, order.indexOf(status));
  return place < reached ? "done" : place === reached ? "here" : "";
}

function show(box, state) {
  for (const stop of box.querySelectorAll("[data-step]")) {
    const place = order.indexOf(stop.dataset.step);
    const failed = state.status === "failed";
    stop.className = classOf(place, state.status);
    if (place === 3) stop.lastChild.textContent = failed ? "Failed" : "Delivered";
  }
  const reason = state.reason ? ": " + state.reason : "";
  const words = {
    delivered: "Zoho has it: 13003.",
    failed: "It waits for a person" + reason + ".",
  };
  const text = words[state.status] || state.label + reason + (state.open ? "…" : ".");
  const verdict = box.querySelector("[data-verdict]");
  if (verdict.textContent !== text) verdict.textContent = text;
}

async function watch(box) {
  const state = (await ask(box.dataset.status)) ?? { open: true };
  if (state.status) show(box, state);
  if (state.open) setTimeout(watch, 1000, box);
}

for (const box of document.querySelectorAll("[data-status]")) {
  show(box, {
    status: box.dataset.now,
    label: box.querySelector("[data-verdict]").textContent.replace("…", ""),
    open: "open" in box.dataset,
  });
  watch(box);
}
