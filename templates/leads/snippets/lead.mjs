{% autoescape off %}// Posts leads to LeadOps. For a server, Node 18 or newer: the key is a secret, never put this
// into a page. A page posts through your server, or uses the form of a form token.
//
// Site: {{ site }}
import { randomUUID } from "node:crypto";

const URL = {{ url }};
const KEY = {{ key }};
const PAUSES = [0, 2, 10, 30]; // seconds before each try

export async function sendLead(fields) {
  const headers = {
    Authorization: `Bearer ${KEY}`,
    "Content-Type": "application/json",
    // One key for all tries: a repeat never makes a second lead.
    "Idempotency-Key": randomUUID(),
  };
  const body = JSON.stringify(fields);
  let asked = 0;
  for (const pause of PAUSES) {
    await new Promise((done) => setTimeout(done, 1000 * Math.max(pause, asked)));
    asked = 0;
    let answer;
    try {
      answer = await fetch(URL, { method: "POST", headers, body, signal: AbortSignal.timeout(30000) });
    } catch {
      continue; // not reached
    }
    if (answer.status === 202) return answer.json();
    if (answer.status !== 429 && answer.status < 500)
      throw new Error(`LeadOps refused the lead (${answer.status}): ${await answer.text()}`);
    asked = Number.parseInt(answer.headers.get("Retry-After"), 10) || 0;
  }
  throw new Error("LeadOps was not reached: keep the lead and send it later");
}

console.log(await sendLead({ contact_name: "Ada Lovelace", email: "ada@example.com", message: "Call me" }));
{% endautoescape %}
