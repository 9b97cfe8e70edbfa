"""Whatever shows rows of sites asks which of them the account may see: models, admins, pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model

from leads.desk.kit.limits import OWN_RULES, LimitedRows
from leads.models import Site
from tests.access.addresses import registered

ROOT = Path(__file__).parents[2]
PAGES = ("leads/desk", "leads/templatetags", "zoho/desk", "notifications/desk", "leadops")
"""Where pages for staff are made."""
OF_ALL_SITES = frozenset(
    {
        *("leads.preferences", "zoho.reconciliation", "accounts.auditentry"),
        *("accounts.policyreport", "accounts.securityevent", "accounts.identityprovider"),
    }
)
"""Models with pages that a limited account sees nothing of."""
SHOWN_BY_THEIR_OWNER = {
    "leads.assignment": "whose a lead is",
    "leads.allowance": "counted at the door, and shown nowhere",
    "leads.counterrollup": "totals of all sites",
    "leads.incomplete": "the mark of a lead",
    "leads.revision": "a correction of a lead",
    "leads.searchtoken": "found leads are asked for again",
    "leads.importchunk": "of an import",
    "leads.visiblesite": "what is compared with one's own sites",
    "notifications.linkedlead": "a lead of a link",
    "zoho.finding": "of comparisons, which need all sites",
    "zoho.loss": "of a cause, or of a lead that was read back",
    "zoho.mapping": "asked for by the site",
    "zoho.readback": "asked for by the lead",
    "zoho.repairitem": "of a repair",
}
"""Models below a site that no page asks for by themselves, and why."""
LET_IN = {
    "the door let the row in, or the row's site": (
        *(f"leadops.api.decisions.{name}" for name in ("correct", "decide", "enter", "undo")),
        "leads.desk.bulk.fill._causes",
        "leads.desk.bulk.pages.progress",
        "leads.desk.dashboard.alarms.is_unsettled",
        "leads.desk.dashboard.board_page.language_of",
        "leads.desk.dashboard.tables._of_sites",
        "leads.desk.dashboard.wallboards.revoke",
        "leads.desk.imports.pages.start_view",
        "leads.desk.lead.download.lead_for",
        "notifications.desk.digests.preview",
        "notifications.desk.digests.send",
        "leads.desk.failed.decide.decide",
        "leads.desk.lead.actions._decide",
        "leads.desk.lead.actions.enter",
        "leads.desk.lead.actions.existing",
        "leads.desk.lead.actions.sends_again",
        "leads.desk.lead.actions.state",
        "leads.desk.lead.actions.undo_decision",
        "leads.desk.lead.actions.view",
        "leads.desk.lead.choices.choose_view",
        "leads.desk.lead.correct.correction_page",
        "leads.desk.lead.correct.view",
        "leads.desk.lead.enquiry.new_enquiry",
        "leads.desk.lead.entry.entry_card",
        "leads.desk.lead.entry.view",
        "leads.desk.lead.team.assign.assign_view",
        "leads.desk.lead.team.comment.comment_view",
        "leads.desk.logs.lists.row_context",
        "leads.desk.sites.key_acts.issue",
        "leads.desk.sites.key_limits.limit",
        "leads.desk.sites.live_stats.failed_now",
        "leads.desk.sites.live_stats.live_stats_of",
        "leads.desk.sites.live_stats.with_last_lead",
        "leads.desk.sites.pages.resume",
        "leads.desk.sites.pages.switch",
        "leads.desk.sites.recognition.newest",
        "leads.desk.sites.recognition.recognition_page",
        "leads.desk.sites.recognition.switched",
        "leads.desk.sites.site_keys.doubts_about",
        "leads.desk.sites.site_keys.issue",
        "leads.desk.sites.site_keys.revoke",
        "leads.desk.sites.sources.addresses.add",
        "leads.desk.sites.sources.find.newest_post",
        "leads.desk.sites.sources.find.source_of",
        "leads.desk.sites.sources.listening.was_a_test",
        "leads.desk.sites.sources.posts.figures_of",
        "leads.desk.sites.sources.posts.newest",
        "leads.desk.sites.sources.rehearsal.rehearsal",
        "leads.desk.sites.test_leads.latest",
        "leads.desk.sites.test_leads.send",
        "leads.desk.sites.test_leads.test_leads_of",
        "leads.desk.sites.unknown_pages.allow",
        "leads.desk.sites.unknown_pages.held_page",
        "notifications.desk.channels.channels_of",
        "notifications.desk.channels.test",
        "notifications.desk.channels.test_site",
        "notifications.desk.notices._send_again",
        "notifications.desk.notices.resend_view",
        "notifications.desk.preview.preview",
        "zoho.desk.converted.converted",
        "zoho.desk.incomplete.converted_since",
        "zoho.desk.incomplete.repair_cause",
        "zoho.desk.incomplete.repair_lead",
        "zoho.desk.incomplete.tell",
        "zoho.desk.mapping.lead",
        "zoho.desk.mapping.mapping_page",
        "zoho.desk.mapping.replace",
        "zoho.desk.mapping.store",
        "zoho.desk.mapping.stored_draft",
        "zoho.desk.mapping_words._newest",
        "zoho.desk.site.render_change_form",
    ),
    "an account needs all sites for it": (
        "leads.desk.dashboard.onboarding.newest_connected_site",
        "leads.desk.dashboard.onboarding.send_a_test_lead",
        "leads.desk.dashboard.onboarding.steps",
        "leads.desk.person.hand_over",
        "leads.desk.person.person",
        "leads.desk.person.view",
        "leads.desk.rejected.take_view",
        "leads.desk.sites.connect._finish",
        "leads.desk.sites.connect.left_run",
        "leads.desk.sites.connect.make",
        "leads.desk.sites.connect.make_with_source",
        "leads.desk.sites.connect.step",
        "zoho.desk.destination.proof",
    ),
    "for everybody, or for programs": (
        "leadops.accounts.login.passwords.words",
        "leadops.health.oldest_due_seconds",
        "leadops.health.oldest_waiting_seconds",
        "leads.desk.dashboard.board_page.kept",
        "leads.desk.dashboard.board_page.wallboard_page",
        "leadops.operations.restore.make_safe",
        "leadops.operations.restore.undelivered",
        "leads.desk.demo.demo_status",
        "leads.desk.demo.live_token",
        "leads.desk.demo.requested_lead",
        "leads.desk.help.what_mails_hold",
    ),
    "asks for what a limit is made of": (
        "leadops.accounts.site_limits._seen_after",
        "leadops.accounts.site_limits.keep_limit",
        "leadops.accounts.sso.whose.set_groups",
        "leadops.accounts.tokens.forms.make",
        "leadops.accounts.users.has_delete_permission",
        "leadops.accounts.users.save_related",
    ),
}
"""Functions that take rows without `visible_to`, by why they may."""
ALLOWED = {name for names in LET_IN.values() for name in names}


def models_below_sites() -> list[type[Model]]:
    """Ours that point to a site, or to what does."""
    ours = [
        model
        for app in ("leads", "zoho", "notifications")
        for model in apps.get_app_config(app).get_models()
    ]
    below: set[type[Model]] = {Site}
    while more := {m for m in ours if m not in below and targets(m) & below}:
        below |= more
    return sorted(below, key=lambda model: model._meta.label_lower)


def targets(model: type[Model]) -> set[type[Model]]:
    """What its columns point to; a proxy is what it stands for."""
    fields = [field for field in model._meta.fields if field.is_relation]
    return {field.related_model for field in fields if isinstance(field.related_model, type)}


@pytest.mark.parametrize("model", models_below_sites(), ids=lambda model: model._meta.label_lower)
def test_a_model_below_a_site_says_who_may_see_its_rows(model: type[Model]) -> None:
    says = hasattr(model._default_manager.all(), "visible_to")

    assert says != (model._meta.label_lower in SHOWN_BY_THEIR_OWNER)


@pytest.mark.parametrize("label", registered())
def test_an_admin_knows_the_visible_rows_alone(label: str) -> None:
    model = apps.get_model(label)
    page = admin.site._registry[model]
    says = hasattr(model._default_manager.all(), "visible_to")

    assert isinstance(page, LimitedRows) or label in OWN_RULES
    assert says or label in OF_ALL_SITES | OWN_RULES


def test_every_page_asks_for_the_visible_rows() -> None:
    names = {model.__name__ for model in models_below_sites()}
    asking = {
        name
        for folder in PAGES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name, node in functions(path)
        if asks_for(node, names) and "visible_to" not in ast.dump(node)
    }

    assert asking - ALLOWED == set(), "rows of sites are asked for without `visible_to`"
    assert ALLOWED - asking == set(), "these ask for no rows any more"


def functions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a module, by its dotted name and theirs."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield f"{module}.{node.name}", node


def asks_for(node: ast.AST, names: set[str]) -> bool:
    """Whether a function takes rows out of the table of one of these models."""
    return any(
        isinstance(part, ast.Attribute)
        and part.attr in ("objects", "_default_manager")
        and isinstance(part.value, ast.Name)
        and part.value.id in names
        for part in ast.walk(node)
    ) or any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Name)
        and part.func.id == "get_object_or_404"
        and isinstance(part.args[0], ast.Name)
        and part.args[0].id in names
        for part in ast.walk(node)
    )
