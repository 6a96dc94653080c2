"""Chromium, for tests marked "browser": what it makes of a page."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any


def loaded(page: str, folder: Path, *options: str) -> str:
    """The page's elements as HTML, after Chromium has run its scripts; files are written into the folder."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next(filter(None, map(shutil.which, names)), names[0])
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", *options,
         "--dump-dom", file.as_uri()],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=True, errors="replace",
    )  # fmt: skip
    return done.stdout


def told(page: str, folder: Path, *options: str) -> Any:
    """What a script of the page leaves as JSON in its `<pre id="out">`."""
    found = re.search(r'<pre id="out">(.*?)</pre>', loaded(page, folder, *options), re.DOTALL)
    assert found, "no script of this page wrote into its <pre>"
    return json.loads(html.unescape(found[1]))
