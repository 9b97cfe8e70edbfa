"""Form tools: what their posts look like, and by what each names one submission. A table.

A key is only what a tool documents as the id of a *submission*: a contact's id or a bare `id` comes
again with the next enquiry of the same person. Paths are those of `leads.intake.body.shape`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from leads.data import as_text
from leads.intake.body.shape import Field

LONGEST = 200
UNTOLD = ("", "other")
"""What a source is called whose tool nobody has named."""
HOST = re.compile(r"https?://([^/\s;:?#]{1,100})")


@dataclass(frozen=True)
class Signature:
    """How a tool signs its posts: an HMAC of the bytes of the body, and nothing else."""

    header: str
    algorithm: str
    encoding: str


@dataclass(frozen=True)
class Tool:
    """One form tool."""

    name: str
    title: str
    signs: tuple[str, ...] = ()
    """Paths that together only this tool's posts have."""
    id: str = ""
    """Where the id of a submission stands; empty where the tool sends none."""
    form: str = ""
    """Where the id of the form stands."""
    secret: str = ""
    """The field in which it shows the secret that it was given; it is no part of a lead."""
    test: tuple[str, str] = ("", "")
    """A path, and how its value begins in a test."""
    where: str = ""
    """The clicks that lead to the place of the address in the tool."""
    signature: Signature | None = None
    """How it signs once it is given a secret; None where it cannot, or signs something else."""

    @property
    def clicks(self) -> list[str]:
        """The same one by one."""
        return self.where.split(" › ")


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("wordpress", "WordPress plugin", ("leadops_form", "leadops_entry"),
             "leadops_entry", "leadops_form", where="Settings › LeadOps › Address"),
        Tool("elementor", "Elementor", ("form.id", "form.name"),
             where="Form › Actions After Submit › Webhook"),
        Tool("cf7", "Contact Form 7", where="CF7 to Webhook › Integration › Webhook"),
        Tool("gravity", "Gravity Forms", ("form_id", "date_created", "source_url", "is_starred"),
             "id", "form_id", where="Form › Settings › Webhooks › Add New"),
        Tool("wpforms", "WPForms", where="Form › Settings › Webhooks"),
        Tool("fluent", "Fluent Forms", where="Form › Settings › WebHook"),
        Tool("ninja", "Ninja Forms", where="Form › Emails & Actions › WebHook"),
        Tool("webflow", "Webflow", ("triggerType", "payload.formId"), "payload.id",
             "payload.formId", where="Site settings › Apps & integrations › Webhooks"),
        Tool("typeform", "Typeform", ("form_response.form_id", "form_response.token"),
             "form_response.token", "form_response.form_id",
             where="Form › Connect › Webhooks › Add a webhook",
             signature=Signature("Typeform-Signature", "sha256", "base64")),
        Tool("tally", "Tally", ("eventType", "data.formId", "data.responseId"),
             "data.responseId", "data.formId",
             where="Form › Integrations › Webhooks › Connect",
             signature=Signature("Tally-Signature", "sha256", "base64")),
        Tool("jotform", "Jotform", ("formID", "submissionID"), "submissionID", "formID",
             where="Form › Settings › Integrations › WebHooks"),
        Tool("google", "Google Ads lead form", ("lead_id", "api_version", "google_key"),
             "lead_id", "form_id", "google_key", ("lead_id", "TeSter-"),
             where="Lead form › Export leads › Webhook"),
        Tool("unbounce", "Unbounce", ("page_id", "variant", "page_url"),
             where="Integrations › Webhooks › POST to URL"),
        Tool("netlify", "Netlify Forms", ("form_name", "form_id", "human_fields.Name", "number"),
             "id", "form_id", where="Site › Forms › Notifications › HTTP POST request"),
        Tool("hubspot", "HubSpot", ("vid", "portal-id"),
             where="Workflow › Send a webhook › POST"),
        Tool("shopify", "Shopify",
             where="Settings › Notifications › Webhooks",
             signature=Signature("X-Shopify-Hmac-Sha256", "sha256", "base64")),
        Tool("woocommerce", "WooCommerce",
             where="Settings › Advanced › Webhooks › Add webhook",
             signature=Signature("X-WC-Webhook-Signature", "sha256", "base64")),
        Tool("zapier", "Zapier", where="Zap › Webhooks by Zapier › POST"),
        Tool("make", "Make", where="Scenario › HTTP › Make a request"),
        Tool("n8n", "n8n", where="Workflow › HTTP Request › POST"),
        Tool("other", gettext_noop("Another tool"),
             where=gettext_noop("Look for “webhook” or “HTTP POST” in its settings")),
    )
}  # fmt: skip


def tool_of(fields: Iterable[Field], configured: str = "") -> Tool | None:
    """The tool that a post shows; else the one that a person named; None for neither."""
    names = {one.name for one in fields}
    for tool in TOOLS.values():
        if tool.signs and names.issuperset(tool.signs):
            return tool
    return TOOLS.get(configured)


def submission_key(fields: Iterable[Field], tool: Tool | None, headers: Mapping[str, str]) -> str:
    """A key for the submission; empty where the tool names none.

    The tool, the sending host and the form are part of it: two WordPress sites count from one.
    """
    texts = {one.name: as_text(one.value) for one in fields}
    if tool is None or not tool.id or not texts.get(tool.id):
        return ""
    parts = (tool.name, host_of(headers, texts), texts.get(tool.form, ""), texts[tool.id])
    key = ":".join(parts)
    if len(key) > LONGEST or not key.isprintable():
        return f"{tool.name}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
    return key


def host_of(headers: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """The host that sends, as far as it says so; empty for none."""
    said = (headers.get("User-Agent"), headers.get("Referer"), texts.get("source_url"))
    found = (HOST.search(text or "") for text in said)
    return next((match[1].lower() for match in found if match), "")


def is_test(fields: Iterable[Field], tool: Tool | None, configured: str = "") -> bool:
    """Whether the tool says that this is one of its own tests: by an explicit value only.

    Believed of a source of that tool, and of one whose tool nobody knows.
    """
    if tool is None or not tool.test[0] or configured not in (*UNTOLD, tool.name):
        return False
    values: dict[str, Any] = {one.name: one.value for one in fields}
    path, begins = tool.test
    return values.get("is_test") is True or as_text(values.get(path)).startswith(begins)
