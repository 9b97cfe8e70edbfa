/* The scripts' texts in the language of the page, which brings what is not English. */

const place = document.getElementById("words");
const known = place ? JSON.parse(place.textContent) : {};
const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name]);

/** The text, with `values` in the places of %(name)s. */
export function gettext(text, values = {}) {
  return filled(known[text] ?? text, values);
}

/** One of two texts, by how many it speaks of, which stands for %(count)s. */
export function ngettext(one, many, count) {
  const forms = known[one] ?? [one, many];
  return filled(forms[count === 1 ? 0 : 1], { count });
}
