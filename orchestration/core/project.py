"""The paths of the files that are not Python: the dbt project, its models and its seeds, and the
config of the demo company.

They are at the top of a checkout, which an editable install uses, and inside the package of an
installed wheel: pyproject.toml puts them there.
"""

import csv
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_project"

ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
DBT_PROJECT = ROOT / "dbt_project"
DEMO_CONFIG = _PACKAGE / "sources" / "demo" / "voronka.toml"


def seed_rows(name: str) -> list[dict[str, str]]:
    """The rows of seeds/`name`.csv in file order, each a dict by column. Raises OSError if the file
    is missing."""
    with (ROOT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
