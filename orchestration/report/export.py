"""Prints the pages of a report as PDF or PNG, for mail, through an installed Chromium."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestration.core.errors import ConfigError
from orchestration.report.pages import PAGES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_WIDTH = 1360
# Milliseconds of the page's own clock for its charts.
_PATIENCE = 6_000
_SECONDS = 60


def export(report: Path, kind: str, language: str) -> list[Path]:
    """Write each page of a report beside it, as `<page>-<language>.<kind>`; `kind`: pdf or png.

    Raises ConfigError if no Chromium is installed or it fails.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise ConfigError(
            f"--{kind} needs Chromium or Chrome, none of {', '.join(BROWSERS)} is installed:"
            f" install one, or open {report} in a browser and print it"
        )
    written = []
    with tempfile.TemporaryDirectory() as profile:
        for page in PAGES:
            target = report.with_name(f"{page.id}-{language}.{kind}")
            address = f"{report.resolve().as_uri()}?language={language}#{page.id}"
            if kind == "pdf":
                how = [f"--print-to-pdf={target}", "--no-pdf-header-footer"]
            else:
                size = f"--window-size={_WIDTH}"
                page_text = _run(browser, profile, [f"{size},900", "--dump-dom"], address)
                found = re.search(r'data-height="(\d+)"', page_text)
                height = found[1] if found else "2000"
                how = [f"{size},{height}", f"--screenshot={target}", "--hide-scrollbars"]
            _run(browser, profile, how, address)
            if not target.exists():
                raise ConfigError(f"{browser} wrote no {target}")
            written.append(target)
    return written


def _run(browser: str, profile: str, how: Sequence[str], address: str) -> str:
    """What Chromium prints. It may ask no host for anything."""
    quiet = ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    where = [f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    # Chromium refuses its sandbox to root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [browser, *quiet, *where, *sandbox, f"--virtual-time-budget={_PATIENCE}", *how]
    try:
        done = subprocess.run(
            [*command, address], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"{browser} did not print {address}: {type(error).__name__}") from None
    return done.stdout
