"""Writes the plugin's table of names from LeadOps's own: `python deploy/wordpress/names.py`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE / "leadops" / "includes" / "names.php"
HEAD = """<?php
/**
 * What forms call the fields of a person, in eight languages: LeadOps's own table.
 *
 * Written by deploy/wordpress/names.py.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

"""


def as_php() -> str:
    """The table as a PHP file that returns it."""
    from leads.intake.recognise.names import POLITE, TABLE

    polite = "".join(f"\t\t'{word}' => true,\n" for word in sorted(POLITE))
    names = "".join(f"\t\t'{name}' => '{field}',\n" for name, (field, _) in TABLE.items())
    return (
        f"{HEAD}return array(\n\t'polite' => array(\n{polite}\t),\n"
        f"\t'names'  => array(\n{names}\t),\n);\n"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[1]))
    TARGET.write_text(as_php())
