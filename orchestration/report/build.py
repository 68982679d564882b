"""Builds the report of the current publication and puts it beside its marts."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.report.choice import Choice, Row
from orchestration.report.complete import complete_of
from orchestration.report.marts import open_marts
from orchestration.report.pages import PAGES
from orchestration.report.render import render
from orchestration.report.vega import kept_vega_script, vega_script

# What the filters and the head of the page read; every other dataset belongs to a block.
_CHOICES = ("scope", "period", "pipeline", "completeness")


@dataclass(frozen=True)
class Report:
    """A written report: its file, its size in bytes, the seconds that it took."""

    path: Path
    size: int
    seconds: float


def build_report(home: Home) -> Report:
    """Build `published/report/index.html` from `published/marts.duckdb`.

    The file is written aside and renamed, so readers never see a half of it. Raises ConfigError if
    nothing is published.
    """
    began = time.perf_counter()
    marts = home.published / "marts.duckdb"
    if not marts.exists():
        raise ConfigError(f"{home.root} has no published marts: run `voronka nightly` first")
    # Resolved once: the link may change places while the report is built.
    folder = home.published.resolve() / "report"
    text = report_html(folder.parent / "marts.duckdb", kept_vega_script(home.state))
    _write(folder / "index.html", text)
    path = home.published / "report" / "index.html"
    return Report(path, path.stat().st_size, time.perf_counter() - began)


def report_html(marts: Path, script: str | None = None) -> str:
    """The HTML of the report of a published file. `script`: that of Vega; made if not given."""
    data, choice = collect(marts)
    return render(PAGES, data, choice, script or vega_script())


def collect(marts: Path) -> tuple[dict[str, Any], Choice]:
    """What report.js reads, and the default choice: the last month of the company, in Russian."""
    names = dict.fromkeys([*_CHOICES, *(block.data for page in PAGES for block in page.blocks)])
    with open_marts(marts) as connection:
        (about,) = connection.read("about").dicts()
        datasets = {name: connection.read(name) for name in names}
        marts_of_blocks = {mart for page in PAGES for block in page.blocks for mart in block.marts}
        without_rows = [mart for mart in sorted(marts_of_blocks) if connection.is_empty(mart)]
    rows = {name: dataset.dicts() for name, dataset in datasets.items()}
    last = [row for row in rows["period"] if row["grain"] == "month"][-1]
    lacking = _lacking(rows["completeness"], about["as_of"])
    complete = {page.id: complete_of(page, rows["completeness"], about["as_of"]) for page in PAGES}
    pipeline = next((row["pipeline_id"] for row in rows["pipeline"]), None)
    choice = Choice(
        "ru",
        "month",
        last["period"],
        last["month"],
        "company:company",
        pipeline,
        rows,
        about,
        lacking,
        complete,
        without_rows,
    )
    data = {
        "about": about,
        "choice": {
            "language": choice.language,
            "grain": choice.grain,
            "period": choice.period,
            "scope": choice.scope,
            "pipeline": choice.pipeline,
        },
        "lacking": lacking,
        "complete": complete,
        "without_rows": without_rows,
        "data": {
            name: {"columns": dataset.columns, "rows": dataset.rows}
            for name, dataset in datasets.items()
        },
    }
    return data, choice


def _lacking(completeness: list[Row], as_of: str) -> dict[str, str]:
    """Each mart that no source fills, with the entity that nobody delivers."""
    return {
        row["mart"]: (row["worst_check"] or "").partition(":")[2]
        for row in completeness
        if row["date"] == as_of and row["status"] == "not applicable"
    }


def _write(path: Path, text: str) -> None:
    """Put a file in place in one rename; every user who can open the home may read it."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    path.parent.chmod(0o755)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o644)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
