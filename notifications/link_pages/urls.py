"""The addresses behind the link of a mail. Looking is a GET and changes nothing; acts are POSTs."""

from __future__ import annotations

from django.urls import path

from notifications.link_pages import acts, code, pages
from notifications.link_pages.visit import PRESSES, by_link

LEAD = "act/<str:link>/<int:lead>/"

act_urls = [
    path("act/<str:link>/", by_link(pages.leads_page), name="act-leads"),
    path("act/<str:link>/code/", by_link(code.send, PRESSES), name="act-code"),
    path("act/<str:link>/open/", by_link(code.show, PRESSES), name="act-open"),
    path("act/<str:link>/leave/", by_link(code.leave, PRESSES), name="act-leave"),
    path(LEAD, by_link(pages.lead_page), name="act-lead"),
    path(f"{LEAD}entered/", by_link(acts.entered, PRESSES), name="act-entered"),
    path(f"{LEAD}again/", by_link(acts.again, PRESSES), name="act-again"),
    path(f"{LEAD}no-lead/", by_link(acts.no_lead, PRESSES), name="act-no-lead"),
    path(f"{LEAD}take-back/", by_link(acts.take_back, PRESSES), name="act-take-back"),
]
