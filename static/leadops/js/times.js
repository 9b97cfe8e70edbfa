/* Times: "12 s ago" stays true. */

function span(seconds) {
  if (seconds < 60) return Math.floor(seconds) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return Math.floor(seconds / 3600) + " h";
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "1 day" : days + " days";
}

/** Every time of the page, as far away as it is now. */
export function freshenTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const place = time.querySelector(".ago");
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (place) place.textContent = seconds < 0 ? "in " + span(-seconds) : span(seconds) + " ago";
  }
}
