"""The list of what browsers were kept from doing."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts.models import PolicyReport
from leads.desk.kit.formatting import number, when
from leads.desk.kit.lists.paging import ReadOnly


@admin.register(PolicyReport)
class PolicyReportAdmin(ReadOnly):
    """Counted by the browsers' posts, read here."""

    change_list_template = "admin/accounts/policy_reports.html"
    list_display = ["last", "what", "of_what", "where", "times"]
    list_display_links = None
    sortable_by = ()
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("Last"))
    def last(self, report: PolicyReport) -> SafeString | str:
        """When a browser told it last, of that day."""
        return when(report.last_at)

    @admin.display(description=gettext_lazy("Refused"))
    def what(self, report: PolicyReport) -> str:
        """The directive of the policy."""
        return report.directive or _("any")

    @admin.display(description=gettext_lazy("From"))
    def of_what(self, report: PolicyReport) -> str:
        """The host of what was refused."""
        return report.refused or _("all further ones of that day")

    @admin.display(description=gettext_lazy("On page"))
    def where(self, report: PolicyReport) -> str:
        """The pattern of the page's address."""
        return report.page

    @admin.display(description=gettext_lazy("Times"))
    def times(self, report: PolicyReport) -> str:
        """How often on that day."""
        return number(report.count)
