/* Single keys, which can be switched off (WCAG 2.1.4): one choice for all pages of this browser. */

const KEY = "leadops.keys";
const TYPED_INTO =
  "input:not([type=checkbox]), textarea, select, dialog, [popover], [contenteditable]";
let here = true;

function areOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return here;
  }
}

/* A box that switches them on and off. */
export function offer(box) {
  box.checked = areOn();
  box.addEventListener("change", () => {
    here = box.checked;
    try {
      localStorage.setItem(KEY, here ? "on" : "off");
    } catch {
      /* kept for this page */
    }
  });
}

/* What each key does, unless somebody types or holds another. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest(TYPED_INTO);
    const chord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (!areOn() || typing || chord || event.defaultPrevented || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
}
