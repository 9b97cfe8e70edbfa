"""One noun a file, with its queryset."""

from leads.models.breakdown import Breakdown
from leads.models.bulk_retry import BulkRetry
from leads.models.counters import CounterDelta, CounterRollup
from leads.models.destination import Destination
from leads.models.lead import FailedLead, Incomplete, Lead, LeadEvent, Revision
from leads.models.lead_import import ImportChunk, LeadImport
from leads.models.log import ApiCall, ApiLog
from leads.models.sales import CrmRecord, SalesCounter
from leads.models.search import SearchIndex, SearchToken
from leads.models.sites.allowance import Allowance
from leads.models.sites.dry_runs import DryRuns
from leads.models.sites.rejected import RejectedSubmission, UnknownPost
from leads.models.sites.signed_request import SignedRequest
from leads.models.sites.site import Site
from leads.models.sites.site_key import SiteKey
from leads.models.sites.source import Source, SourceAddress
from leads.models.slot import Slot
from leads.models.staff.assignment import Assignment
from leads.models.staff.preferences import Preferences
from leads.models.staff.role import Role
from leads.models.staff.saved_view import SavedView
from leads.models.staff.table_columns import TableColumns
from leads.models.staff.visible_site import VisibleSite
from leads.models.staff.wallboard import Wallboard
from leads.models.worker import Heartbeat

__all__ = [
    "Allowance",
    "ApiCall",
    "ApiLog",
    "Assignment",
    "Breakdown",
    "BulkRetry",
    "CounterDelta",
    "CounterRollup",
    "CrmRecord",
    "Destination",
    "DryRuns",
    "FailedLead",
    "Heartbeat",
    "ImportChunk",
    "Incomplete",
    "Lead",
    "LeadEvent",
    "LeadImport",
    "Preferences",
    "RejectedSubmission",
    "Revision",
    "Role",
    "SalesCounter",
    "SavedView",
    "SearchIndex",
    "SearchToken",
    "SignedRequest",
    "Site",
    "SiteKey",
    "Slot",
    "Source",
    "SourceAddress",
    "TableColumns",
    "UnknownPost",
    "VisibleSite",
    "Wallboard",
]
