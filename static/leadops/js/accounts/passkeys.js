/* Passkeys: a form that says what it is for (`data-passkey`) gets its button's ceremony from
   allauth's script; what the browser refuses is said on the page. */

const form = document.querySelector("form[data-passkey]");

if (form) {
  const { passkey, options } = form.dataset;
  const ids = { credential: "id_credential" };
  ids[passkey] = "passkey";
  if (passkey === "add") ids.passwordless = "id_passwordless";
  window.allauth.webauthn.forms[`${passkey}Form`]({ ids, data: options && JSON.parse(options) });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    form.querySelector("[role=alert]").hidden = false;
  });
}
