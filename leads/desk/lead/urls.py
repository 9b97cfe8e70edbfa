"""The addresses of the lead actions, each behind the admin's login and its own permission."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from leads.decisions import retry
from leads.desk.lead import actions
from leads.desk.lead.choices import choose_view
from leads.desk.lead.correct import correction_page
from leads.desk.lead.download import arrived_file, data_file
from leads.desk.lead.enquiry import new_enquiry
from leads.desk.lead.entry import entry_card
from leads.desk.lead.team.assign import assign_view
from leads.desk.lead.team.comment import comment_view


def lead_action_urls(admin_site: Any) -> list[URLPattern]:
    """The buttons, and the pages that they lead to."""
    views = {
        "retry/": require_POST(actions.sends_again(retry.retry)),
        "send-anyway/": require_POST(actions.sends_again(retry.send_anyway)),
        "release/": require_POST(actions.sends_again(retry.release)),
        "update-existing/": require_POST(actions.sends_again(retry.update_existing)),
        "existing/": require_GET(actions.existing),
        "enter/": require_POST(actions.enter),
        "discard/": require_POST(actions.discard),
        "undo/": require_POST(actions.undo_decision),
        "choose/": require_POST(choose_view),
        "new-enquiry/": require_POST(new_enquiry),
        "data.json": require_safe(data_file),
        "arrived.bin": require_safe(arrived_file),
        "comment/": require_POST(comment_view),
        "assign/": require_POST(assign_view),
        "state.json": require_GET(actions.state),
        "entry/": require_safe(entry_card(admin_site)),
        "correct/": require_http_methods(["GET", "HEAD", "POST"])(correction_page(admin_site)),
    }
    return [
        path(f"<int:pk>/{name}", admin_site.admin_view(view), name=_name(name))
        for name, view in views.items()
    ]


def _name(address: str) -> str:
    return "leads_failedlead_" + address.rstrip("/").partition(".")[0].replace("-", "_")
