"""The command line as a person uses it: a home, a config, an exit status and what is printed."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import cli

VORONKA = Path(sys.executable).with_name("voronka")


@dataclass(frozen=True)
class Ended:
    """How a command ended; `text` is what it printed, to both streams, `out` to stdout alone."""

    status: int
    text: str
    out: str = ""


def voronka(*arguments: str | Path) -> Ended:
    done = subprocess.run(
        [VORONKA, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1"},
    )
    return Ended(done.returncode, done.stdout + done.stderr, done.stdout)


def voronka_here(*arguments: str | Path) -> Ended:
    """The same command within this process: without the ten seconds of imports of each start."""
    printed, told = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(printed),
        redirect_stderr(told),
        pytest.raises(SystemExit) as ended,
    ):
        patch.setattr(sys, "argv", ["voronka", *map(str, arguments)])
        # Wide enough for every sentence, whatever terminal the tests are run from.
        patch.setattr(cli.console, "width", 200)
        patch.setattr(cli.errors, "width", 200)
        cli.main()
    out = printed.getvalue()
    return Ended(ended.value.code or 0, out + told.getvalue(), out)


SHOP = """
[business]
name = "Shop"
time_zone = "Europe/Moscow"
base_currency = "RUB"
as_of = 2026-03-31

[sources.crm]
type = "files"
time_zone = "Europe/Moscow"
currency = "RUB"

[sources.crm.entities.stages]
path = "stages.csv"

[sources.crm.entities.stages.columns]
pipeline_id = { constant = "p" }
pipeline_name = { constant = "Sales" }
stage_id = "stage"
stage_name = "stage"
stage_order = "order"
semantics = "semantics"

[sources.crm.entities.users]
path = "users.csv"
columns = { user_id = "id", name = "name" }

[sources.crm.entities.deals]
path = "deals.csv"
datetime_format = "%d.%m.%Y %H:%M"
columns.deal_id = "id"
columns.pipeline_id = { constant = "p" }
columns.stage_id = "stage"
columns.created_at = "created"
columns.closed_at = "closed"
columns.amount = "amount"
columns.currency = "currency"
columns.owner_id = "manager"
"""

STAGES = """stage,order,semantics
new,1,open
talk,2,open
won,3,won
lost,4,lost
"""

USERS = "id,name\nu1,Anna\nu2,Boris\n"

DEALS = """id,stage,created,closed,amount,currency,manager
1,won,01.03.2026 10:00,05.03.2026 10:00,1000.50,RUB,u1
2,lost,02.03.2026 10:00,06.03.2026 10:00,500,RUB,u1
3,won,03.03.2026 10:00,07.03.2026 10:00,2000,RUB,u2
4,talk,04.03.2026 10:00,,300,RUB,u2
"""


@dataclass(frozen=True)
class Company:
    """A tiny company of file exports, with a home of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def marts(self) -> Path:
        return self.home / "published" / "marts.duckdb"

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.folder / name).write_text(text, encoding=encoding)

    def run(self, command: str = "nightly", *arguments: str) -> Ended:
        config = self.folder / "voronka.toml"
        return voronka_here(command, "--config", config, "--home", self.home, *arguments)


def make_shop(folder: Path) -> Company:
    shop = Company(folder)
    shop.write("voronka.toml", SHOP)
    shop.write("stages.csv", STAGES)
    shop.write("users.csv", USERS)
    shop.write("deals.csv", DEALS)
    return shop
