"""What production serves of the static files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.management import call_command

from leadops.rendering.staticfiles import HashedModules


def test_scripts_import_each_other_by_names_that_may_be_cached_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The storage of the tests' settings may have been made by now, and is kept for good.
    served = HashedModules(location=str(tmp_path), base_url="/static/")
    monkeypatch.setattr(collectstatic, "staticfiles_storage", served)

    call_command("collectstatic", interactive=False, verbosity=0)

    script = (tmp_path / served.stored_name("leadops/js/table.js")).read_text()
    imported = re.findall(r'from "\./([^"]+)"', script)
    assert sorted(name.split(".")[0] for name in imported) == ["copy", "desk", "request", "words"]
    for name in imported:
        assert re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name)
        assert (tmp_path / "leadops" / "js" / name).is_file()
