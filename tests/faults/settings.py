"""Production's settings, with places where a process can be made to end in the middle of its work.

Nothing of this is in the product: `hooks` wraps its functions when Django starts.
"""

from leadops.settings import *  # noqa: F403
from leadops.settings import INSTALLED_APPS as _INSTALLED

INSTALLED_APPS = [*_INSTALLED, "tests.faults.hooks.Hooks"]
