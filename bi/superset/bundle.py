"""Zip the dashboard for `superset import-dashboards`, with the path of a home's published file.

python bi/superset/bundle.py --home ./var --to voronka-dashboard.zip
"""

import argparse
import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

HERE = Path(__file__).parent
DATABASE = "databases/Voronka.yaml"


def bundle(published: Path, target: Path) -> None:
    """Write the bundle; Superset opens `published`/marts.duckdb, by its absolute path."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for file in sorted(HERE.rglob("*.yaml")):
            name, text = file.relative_to(HERE).as_posix(), file.read_text(encoding="utf-8")
            if name == DATABASE:
                text = re.sub(
                    r"duckdb:///.*", lambda _: f"duckdb:///{published}/marts.duckdb", text
                )
            archive.writestr(f"voronka/{name}", text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home folder of the nights")
    parser.add_argument("--to", type=Path, required=True, help="ZIP file to write")
    given = parser.parse_args()
    # The link `published` itself, not where it leads to now: each night it leads to another folder.
    bundle(given.home.resolve() / "published", given.to)
