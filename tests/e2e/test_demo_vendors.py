"""`voronka demo-vendors`, and a night over the three vendors that it serves, which fail now and
then."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kits.published import query
from kits.shop import Ended, voronka_here
from kits.vendors import files_with
from orchestration.core.home import Home
from orchestration.emulators.company import Company

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Town:
    """The vendors that are served, and a home of nights over them."""

    folder: Path
    home: Home

    def run(self, command: str) -> Ended:
        config = self.folder / "voronka.toml"
        return voronka_here(command, "--config", config, "--home", self.home.root)

    @property
    def secrets(self) -> dict[str, str]:
        lines = (self.folder / "secrets.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def free_ports() -> int:
    """The first of three ports on loopback that nobody listens to."""
    for port in range(18_101, 18_401, 3):
        try:
            for number in range(3):
                socket.create_server(("127.0.0.1", port + number)).close()
        except OSError:
            continue
        return port
    raise AssertionError("no three free ports")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    vendors = subprocess.Popen(
        [
            *(sys.executable, "-c", "from orchestration.cli import main; main()", "demo-vendors"),
            *("--crm", "hubspot", "--calls", "twilio", "--ads", "google_ads"),
            *("--scale", "0.02", "--folder", folder, "--port", f"{free_ports()}", "--faults", "1"),
            "--json",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        # The document ends where its first line began.
        said = [*iter(lambda: next(vendors.stdout), "}\n"), "}"]
        served = json.loads("".join(said))
        assert [one["type"] for one in served["vendors"]] == ["hubspot", "twilio", "google_ads"]
        assert served["config"] == str(folder / "voronka.toml")
        town = Town(folder, Home(folder / "home"))
        with pytest.MonkeyPatch.context() as patch:
            for variable, secret in town.secrets.items():
                patch.setenv(variable, secret)
            ended = town.run("nightly")
            assert ended.status == 0, ended.text
            yield town
        vendors.send_signal(signal.SIGINT)
        assert vendors.wait(timeout=30) == 0
    finally:
        vendors.kill()
        vendors.wait()


def test_the_marts_hold_the_company(town: Town):
    company = Company(0.02)
    marts = town.home.published / "marts.duckdb"
    [own] = company.rows(
        """
        select
            (select count(distinct left(call_id, 8)) from calls where direction != 'internal')
                as calls,
            (select sum(spend) from ad_stats) as spend,
            (
                select count(*) from deals where status = 'won' and not coalesce(is_test, false)
                and not coalesce(is_deleted, false)
                and deal_id not in (select loser_id from merges)
            ) as won
        """
    )
    [came] = query(
        marts,
        """
        select
            (select count(*) from marts.fct_call), (select sum(spend) from marts.fct_ad_spend),
            (select sum(won_count) from marts.mart_manager_kpi where period_grain = 'month')
        """,
    )
    assert came == tuple(own.values())
    # Telephony and the CRM know nothing of each other, and meet by e-mail and by what is noted.
    [(managers, leads)] = query(
        marts,
        """
        select
            count(*) filter (where manager_id != 'unassigned') / count(*),
            count(*) filter (where coalesce(lead_id, deal_id) is not null) / count(*)
        from marts.fct_call
        """,
    )
    assert managers > 0.4 and leads > 0.5


def test_the_doctor_looks_at_every_vendor(town: Town):
    ended = town.run("doctor")
    assert ended.status == 0, ended.text
    assert all(f"source {name}" in ended.text for name in ("crm", "pbx", "ads"))


def test_no_secret_and_no_client_is_left_in_a_file(town: Town):
    clients = Company(0.02).rows(
        """
        with told as (
            select unnest(string_split(phones, ';')) as text from contacts
            union
            select unnest(string_split(emails, ';')) from contacts
        )
        select trim(text) as text from told where length(trim(text)) > 6
        order by hash(text) limit 80
        """
    )
    private = [*town.secrets.values(), *(row["text"] for row in clients)]
    assert len(private) > 80
    # Tokens that change are kept, for their owner only.
    [tokens] = files_with(town.home, *private)
    assert tokens == town.home.state / "tokens" / "ads.json"
    assert tokens.stat().st_mode & 0o777 == 0o600


def test_an_unknown_emulator_is_one_sentence(tmp_path: Path):
    ended = voronka_here("demo-vendors", "--folder", tmp_path, "--crm", "pipedrive")
    assert ended.status == 2
    assert "--crm pipedrive is not emulated, expected one of amocrm" in ended.text


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = voronka_here(
            "demo-vendors", "--folder", tmp_path, "--port", f"{port}", "--scale", "0.01"
        )
    assert ended.status == 2
    assert f"port {port}" in ended.text
