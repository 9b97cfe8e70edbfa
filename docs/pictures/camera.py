"""Opens pages in Chromium, takes their pictures and notes what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page

from docs.pictures.small import Squeezer
from tests.browser.kit.chromium import launched

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS: dict[str, tuple[Any, Any]] = {
    "light": (DESK, "light"),
    "dark": (DESK, "dark"),
    "phone": (PHONE, "light"),
}
WIDER = "document.documentElement.scrollWidth - innerWidth"
SETTLED = "document.getAnimations().forEach((one) => one.finish())"
# Below the last thing that can be seen there is nothing worth a picture.
END = """() => Math.ceil(56 + Math.max(...[...document.body.querySelectorAll('*')]
    .filter((one) => !one.children.length && one.checkVisibility())
    .map((one) => one.getBoundingClientRect().bottom)))"""
LEAST = 240
SCROLL = "(one) => scrollTo(0, one.getBoundingClientRect().top + scrollY - 76)"


@dataclass(frozen=True)
class Shot:
    """One page: its picture's name, its address, what to do there first, where to look."""

    name: str
    address: str
    act: Callable[[Page], None] | None = None
    at: str = ""
    """A selector of what the picture begins with; empty for the top of the page."""


class Camera:
    """Takes pictures into a folder. `faults` has a line for all that is wrong with the pages."""

    def __init__(self, home: str, folder: Path, wanted: Iterable[str]) -> None:
        self.home, self.folder, self.wanted = home, folder, set(wanted)
        self.faults: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        # Playwright runs an event loop in this thread; Django takes that for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

    def take(self, shots: Iterable[Shot], cookie: str = "") -> None:
        """Every look of the wanted pages, for whoever holds the session."""
        chosen = [shot for shot in shots if not self.wanted or shot.name in self.wanted]
        with launched() as browser:
            squeezer = Squeezer(browser)
            context = browser.new_context(viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]  # a plain dict of two or four numbers
            if cookie:
                context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.home}])
            for shot in chosen:
                self._visit(context, shot, squeezer)

    def _visit(self, context: BrowserContext, shot: Shot, squeezer: Squeezer) -> None:
        page = context.new_page()
        self._listen(page, shot.name)
        try:
            page.goto(self.home + shot.address)
            if shot.act:
                shot.act(page)
            self._look(page, shot, squeezer)
        except (Error, AssertionError) as error:
            self.faults.append(f"{shot.name}: {error}")
        page.close()

    def _look(self, page: Page, shot: Shot, squeezer: Squeezer) -> None:
        for look, (size, theme) in LOOKS.items():
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            if shot.at:
                page.locator(shot.at).first.evaluate(SCROLL)
            page.evaluate(SETTLED)
            height = min(size["height"], max(LEAST, page.evaluate(END)))
            clip = {"x": 0, "y": 0, "width": size["width"], "height": height}
            picture = squeezer.smaller(page.screenshot(clip=clip))  # type: ignore[arg-type]  # a plain dict of two or four numbers
            (self.folder / f"{shot.name}-{look}.png").write_bytes(picture)
            if (wide := page.evaluate(WIDER)) > 0:
                self.faults.append(f"{shot.name} {look}: {wide} px wider than the screen")

    def _listen(self, page: Page, name: str) -> None:
        def note(fault: str) -> None:
            self.faults.append(f"{name}: {fault}")

        def answered(response: Any) -> None:
            if response.status >= 400:
                note(f"{response.status} from {response.url}")

        page.on("response", answered)
        page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
