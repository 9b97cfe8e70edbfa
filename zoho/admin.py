"""What `zoho` shows in the admin: importing its desk registers it."""

import zoho.desk.comparisons
import zoho.desk.destination
import zoho.desk.incomplete
import zoho.desk.repairs
import zoho.desk.site  # noqa: F401
