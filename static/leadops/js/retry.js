/* Retry in place: "Queued" instead of the button, then what became of it. */

import { ask, onlyToken, post } from "./request.js";
import { gettext } from "./words.js";

/** Sends what the button would send, and shows the lead's state in its row until it is settled. */
export async function retry(button) {
  const row = button.closest("[data-lead]");
  const others = [...row.querySelectorAll("button, a")].filter((one) => !one.matches(".undo"));
  for (const other of others) other.hidden = true;
  for (const former of row.querySelectorAll("[role=status]")) former.remove();
  const place = document.createElement("span");
  place.setAttribute("role", "status");
  row.append(place);
  say(place, "queued", gettext("Sending…"));
  try {
    const state = await post(button.formAction, onlyToken(button.form));
    follow(state, row, place, others, 0);
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
    const next = async () => {
      const address = row.dataset.state || row.dataset.lead + "/state.json";
      follow((await ask(address)) ?? state, row, place, others, turn + 1);
    };
    setTimeout(next, turn < 20 ? 1000 : 5000);
  } else if (state.status === "failed") {
    for (const other of others) other.hidden = false;
  }
}

/* Undo, beside what is announced, for as long as nobody has claimed the lead. */
function offer(state, row, place, others) {
  let undo = row.querySelector(".undo");
  if (!state.undo) {
    if (undo) undo.remove();
    return;
  }
  if (!undo) {
    undo = document.createElement("button");
    undo.type = "button";
    undo.className = "soft undo";
    undo.innerHTML =
      '<span class="visually-hidden"></span><span class="left" aria-hidden="true"></span>';
    undo.prepend(gettext("Undo"));
    undo.children[0].textContent = " " + gettext("for lead %(number)s", { number: state.id });
    undo.addEventListener("click", () => takeBack(state.undo, row, place, others));
    row.append(undo);
  }
  undo.children[1].textContent = state.left ? " · " + state.left + " s" : "";
}

async function takeBack(address, row, place, others) {
  const state = await post(address, onlyToken(document)).catch(() => null);
  if (!state) return;
  const fresh = place.cloneNode(true); // whoever follows the old place stops
  place.replaceWith(fresh);
  follow(state, row, fresh, others, 0);
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
