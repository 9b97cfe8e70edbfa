/* A long page in tabs. Without script its tabs are links to its parts, which stand below each other.

   The address says which tab is open, by the id of the tab or of anything in it. What a form has
   against its values is shown before what the address says. */

const list = document.querySelector("[data-tabs]");
const tabs = list ? [...list.querySelectorAll("a")] : [];
const panelOf = (tab) => document.querySelector(tab.hash);

function open(tab) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    panelOf(one).hidden = one !== tab;
  }
}

/* Opens the tab that an element is in, if it is in one. */
export function reveal(element) {
  const tab = element && tabs.find((one) => panelOf(one).contains(element));
  if (tab) open(tab);
  return tab;
}

function follow() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const tab = reveal(place);
  if (tab && tab.hash === location.hash) scrollTo(0, 0);
  else if (tab) place.scrollIntoView();
}

function choose(tab) {
  open(tab);
  history.replaceState(history.state, "", tab.hash);
}

function walk(event) {
  const at = tabs.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
  if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const tab = tabs.at(to % tabs.length);
  choose(tab);
  tab.focus();
}

if (list) {
  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    const panel = panelOf(tab);
    tab.id = "tab-" + panel.id;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    // Whoever saves comes back to where they were: a redirect keeps what stands behind the #.
    for (const form of panel.querySelectorAll("form:not([action])"))
      form.setAttribute("action", tab.hash);
  }
  open(tabs[0]);
  follow();
  reveal(document.querySelector(".tab-panel .errorlist"));
  list.addEventListener("keydown", walk);
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(tab);
  });
  addEventListener("hashchange", follow);
}
