"""The built wheel, installed into an environment of its own, away from any checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import duckdb
import pytest

from orchestration import __version__

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]

DEMO = """
[business]
name = "Small demo"
time_zone = "Europe/Moscow"
base_currency = "RUB"
as_of = 2026-06-30

[sources.demo]
type = "demo"
scale = 0.01
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What a command prints; it knows nothing of the checkout and has to end well."""
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={"PATH": os.defpath, "HOME": str(cwd), "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of(folder: Path) -> dict[Path, int]:
    """Each file of a folder with its time, without the byte code that Python itself keeps there."""
    return {
        path: path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel. The packages of the lock are lent by the
    environment of this run, its editable install of the checkout is not."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT)
    run(sys.executable, *build, cwd=folder)
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    print_packages = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", print_packages, cwd=folder).strip())
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    (wheel,) = (folder / "dist").glob("voronka-*.whl")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    return python


@pytest.fixture(scope="module")
def folder(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config and, in its folder home, a night of the demo company."""
    folder = tmp_path_factory.mktemp("night")
    environment = python.parents[1]
    before = files_of(environment)
    (folder / "voronka.toml").write_text(DEMO)
    command = ("nightly", "--config", "voronka.toml", "--home", "home")
    run(python.with_name("voronka"), *command, cwd=folder)
    assert files_of(environment) == before, "a night writes into its home only"
    return folder


def test_a_night_publishes_every_mart(folder):
    assert {path.name for path in folder.iterdir()} == {"voronka.toml", "home"}
    with duckdb.connect(folder / "home/published/marts.duckdb", read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
    marts = {path.stem for path in ROOT.glob("models/marts/**/mart_*.sql")}
    assert marts and marts <= {name for (name,) in tables}


def test_the_ui_finds_its_definitions(python, folder):
    jobs = (
        "from orchestration.definitions import defs; from orchestration.core import project;"
        "print(project.ROOT); print(*[job.name for job in defs().resolve_all_job_defs()])"
    )
    root, names = run(python, "-c", jobs, cwd=folder, VORONKA_HOME="home").splitlines()
    assert Path(root).is_relative_to(python.parents[1])
    assert "nightly" in names.split()


def test_the_version_is_written_once(python, tmp_path):
    printed = run(python.with_name("voronka"), "--version", cwd=tmp_path)
    assert printed == f"voronka {__version__}\n"
    installed = "from importlib.metadata import version; print(version('voronka'))"
    assert run(python, "-c", installed, cwd=tmp_path) == f"{__version__}\n"
