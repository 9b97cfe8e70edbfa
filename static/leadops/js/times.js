/* Times: "12 s ago" stays true. */

import { gettext, ngettext } from "./words.js";

function span(seconds) {
  if (seconds < 60) return Math.floor(seconds) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return Math.floor(seconds / 3600) + " h";
  return ngettext("%(count)s day", "%(count)s days", Math.floor(seconds / 86400));
}

/** Every time of the page, as far away as it is now. */
export function freshenTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const place = time.querySelector(".ago");
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (place)
      place.textContent =
        seconds < 0
          ? gettext("in %(span)s", { span: span(-seconds) })
          : gettext("%(span)s ago", { span: span(seconds) });
  }
}
