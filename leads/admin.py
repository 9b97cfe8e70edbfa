"""What `leads` shows in the admin: importing the desk registers it."""

import leads.desk.bulk.pages
import leads.desk.dashboard.wallboards
import leads.desk.destinations
import leads.desk.failed.table
import leads.desk.imports.pages
import leads.desk.lead.lists
import leads.desk.logs.lists
import leads.desk.preferences
import leads.desk.rejected
import leads.desk.sites.pages  # noqa: F401
