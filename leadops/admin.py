"""The admin site: Django's own, with our name."""

from django.contrib.admin import AdminSite


class LeadOpsAdminSite(AdminSite):
    """Django's admin site under our name."""

    site_header = site_title = "LeadOps"
    index_title = "Dashboard"
