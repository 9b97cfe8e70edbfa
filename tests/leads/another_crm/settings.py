"""The settings of the tests, with another CRM in place of Zoho, in a database of its own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "zoho"]
LEADS_GATEWAY = "tests.leads.another_crm.gateway.ConsoleGateway"
ROOT_URLCONF = "tests.leads.another_crm.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
