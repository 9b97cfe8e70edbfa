/* The numbers of the bar that mouse, finger or arrow keys point at. */

import { gettext } from "../words.js";

const STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

function say(bars, wanted) {
  const { labels, up, down } = bars.dataset;
  const names = labels.split("|");
  const n = Math.min(Math.max(wanted, 0), names.length - 1);
  const { lang } = document.documentElement;
  const [inserted, failed] = [up, down].map((all) =>
    Number(all.split(",")[n]).toLocaleString(lang),
  );
  const words = gettext("%(label)s: %(inserted)s arrived, %(failed)s not arrived", {
    label: names[n],
    inserted,
    failed,
  });
  bars.setAttribute("aria-valuenow", n);
  bars.setAttribute("aria-valuetext", words);
  const at = bars.querySelector(".at");
  const { width, height } = bars.querySelector("svg").viewBox.baseVal;
  at.setAttribute("d", `M${(width / names.length) * (n + 0.5)} 0v${height}`);
  bars.closest(".plot").parentElement.querySelector(".said").textContent = words;
}

function point(event) {
  const bars = event.target.closest?.(".bars");
  if (!bars) return;
  const box = bars.getBoundingClientRect();
  const count = Number(bars.getAttribute("aria-valuemax")) + 1;
  say(bars, Math.floor(((event.clientX - box.left) / box.width) * count));
}

function press(event) {
  const bars = event.target.closest?.(".bars");
  if (!bars) return;
  const now = Number(bars.getAttribute("aria-valuenow"));
  const last = Number(bars.getAttribute("aria-valuemax"));
  const ends = { Home: 0, End: last };
  const wanted = event.key in ends ? ends[event.key] : now + (STEPS[event.key] ?? NaN);
  if (Number.isNaN(wanted)) return;
  event.preventDefault();
  say(bars, wanted);
}

document.addEventListener("pointermove", point);
document.addEventListener("pointerdown", point);
document.addEventListener("keydown", press);
document.addEventListener("focusin", (event) => {
  const bars = event.target.closest?.(".bars");
  if (bars) say(bars, Number(bars.getAttribute("aria-valuenow")));
});
