/* Asking LeadOps for JSON, as whoever is logged in. */

/** What every request says. */
export const headers = { Accept: "application/json" };

/** What an address says; null when it cannot be reached or refuses. */
export async function ask(address) {
  const answer = await fetch(address, { headers }).catch(() => null);
  return answer && answer.ok ? answer.json() : null;
}

/** What a POST is answered; rejects when it is not reached or refused. */
export async function post(address, body) {
  const answer = await fetch(address, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

/** A form's body with nothing in it but the token that every POST needs. */
export function onlyToken(form) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  return body;
}
