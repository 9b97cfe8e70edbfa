"""Where LeadOps lies, and where it keeps what it writes. Reads no file of settings."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
"""What holds the code: a checkout, or the folder that a wheel was installed into."""
IS_CHECKOUT = (BASE_DIR / "pyproject.toml").is_file()
BUNDLE = BASE_DIR if IS_CHECKOUT else BASE_DIR / "leadops" / "bundle"
"""What holds templates and static files: a wheel has them within the package."""
HOME = Path(
    os.environ.get("LEADOPS_HOME") or (BASE_DIR if IS_CHECKOUT else Path.home() / "leadops")
).resolve()
STATIC = Path(os.environ["LEADOPS_STATIC"]) if os.environ.get("LEADOPS_STATIC") else None
"""Where an image has the static files, ready; elsewhere `leadops migrate` puts them under HOME."""
MANAGE = (str(BASE_DIR / "manage.py"),) if IS_CHECKOUT else ("-m", "leadops")
"""What Python runs as LeadOps's command line."""
