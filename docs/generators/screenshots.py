"""`python docs/generators/screenshots.py [NAME …]`: fills a database, takes pictures of all pages.

Writes docs/screenshots/NAME-{light,dark,phone}.png, of the named pages or of all. Ends with 1
when a page answers other than 200, complains in the console or is wider than the screen. Needs
chromium and the development packages.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = 8765
HOME = f"http://127.0.0.1:{PORT}"
PICTURES = ROOT / "docs" / "screenshots"


def main(wanted: list[str]) -> int:
    """Empty pages, then fill, then all others; how the script ends."""
    with tempfile.TemporaryDirectory(prefix="leadops-pictures-") as folder:
        settle(folder)
        import django

        django.setup()
        from docs.pictures import fill, pages, server
        from docs.pictures.camera import Camera

        camera = Camera(HOME, PICTURES, wanted)
        boss = fill.empty()
        server.serve(PORT)
        camera.take(pages.empty(), server.session(boss))
        ids = fill.fill(boss)
        server.keep_workers_alive()
        camera.take(pages.desk(ids), server.session(boss))
        camera.take(pages.public(ids))
    for fault in camera.faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if camera.faults else 0


def settle(folder: str) -> None:
    """An installation whose data is in that folder, and the packages that lie beside docs."""
    sys.path.insert(0, str(ROOT))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "leadops.settings",
        "SECRET_KEY": "pictures-only-" + "k" * 50,
        "FIELD_KEYS": "",
        "DATABASE_URL": f"sqlite:///{folder}/pictures.sqlite3",
        "DEBUG": "true",
        "PUBLIC_URL": HOME,
        "ALLOWED_HOSTS": "",
        "EMAIL_URL": "memorymail://",
        "TIME_ZONE": "Europe/Berlin",
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
