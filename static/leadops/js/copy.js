/* Copying, with selecting as the way out where a page may not copy: on plain HTTP. */

import { gettext } from "./words.js";

/** Puts a text on the clipboard; false where the browser refuses. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/* What an element says; of an input what was entered, of choices those that were made. */
function textOf(element) {
  if (element.selectedOptions)
    return [...element.selectedOptions].map((one) => (one.value ? one.text : "")).join(", ");
  return element.value ?? element.textContent;
}

/** Copies what an element says, or shows and selects it. True when it was copied. */
export async function copy(element) {
  if (await copyText(textOf(element))) return true;
  if (element.select) element.select();
  for (let up = element; up; up = up.parentElement) if (up.localName === "details") up.open = true;
  getSelection().selectAllChildren(element);
  return false;
}

/** A press of the button copies the element, and the button says what became of it. */
export function copiesWith(button, element, afterwards = () => {}) {
  button.addEventListener("click", async () => {
    button.textContent = (await copy(element))
      ? gettext("Copied")
      : gettext("Selected: press Ctrl+C");
    afterwards();
  });
}

/** A Copy button below a block of code. */
export function copyable(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "soft copy";
  button.textContent = gettext("Copy");
  copiesWith(button, block);
  block.after(button);
}
