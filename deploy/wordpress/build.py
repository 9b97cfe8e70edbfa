"""Makes dist/leadops.zip, the WordPress plugin: `make wordpress`.

The same files make the same bytes. Needs Python and nothing else.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PLUGIN = HERE / "leadops"
TARGET = HERE.parents[1] / "dist" / "leadops.zip"
MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive: the earliest that the format knows."""
MODE = 0o100644 << 16


def build(target: Path) -> Path:
    """The archive, in the folder that WordPress gives the plugin."""
    target.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in PLUGIN.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w") as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"leadops/{path.relative_to(PLUGIN).as_posix()}", MOMENT)
            entry.external_attr = MODE
            entry.create_system = 3  # the same on every system
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


if __name__ == "__main__":
    made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
    sys.stdout.write(f"{made}\n")
