// A provider of OpenID Connect for one test: `node provider.mjs PORT REDIRECT_ADDRESS`.
// Whoever types a name is that person; support-… is in the group `support`.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: "leadops", client_secret: "secret: with a colon", redirect_uris: [redirect] },
  ],
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["preferred_username", "given_name", "family_name", "groups"],
  },
  cookies: { keys: ["of a test"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, name) => ({
    accountId: name,
    claims: () => ({
      sub: name,
      preferred_username: name,
      email: `${name}@example.com`,
      email_verified: true,
      groups: name.startsWith("support-") ? ["support"] : [],
    }),
  }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

const form = `<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1>
<form method="post"><label>Name <input name="name"></label>
<button name="do" value="login">Log in</button>
<button name="do" value="deny">Cancel</button></form></html>`;

async function interact(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    return response.end(form);
  }
  let body = "";
  for await (const part of request) body += part;
  const said = new URLSearchParams(body);
  const result =
    said.get("do") === "deny"
      ? { error: "access_denied" }
      : { login: { accountId: said.get("name") } };
  return provider.interactionFinished(request, response, result);
}

createServer((request, response) => {
  if (request.url === "/favicon.ico") return response.writeHead(204).end();
  if (request.url.startsWith("/interaction/")) return interact(request, response);
  return provider.callback()(request, response);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
