"""A night whose config names a server: the files first, the server after them or not at all."""

from pathlib import Path

import duckdb
import psycopg
import pytest
from dagster import materialize

from kits.http import Reply, vendor
from kits.postgres import needs_postgres, postgres
from kits.shop import Company
from orchestration.assets.servers import server_assets
from orchestration.core.home import Home
from orchestration.doctor import diagnose
from orchestration.resources import Night
from orchestration.settings import load_settings

pytestmark = needs_postgres

PUBLISH = """
[publish.postgres]
url_env = "MARTS_ADDRESS"
schema_name = "sales"

[notify]
failure_env = "TELL_ENGINEERS"
digest_env = "TELL_SALES"
"""
DOWN = "postgresql://voronka:secret-word-9@127.0.0.1:1/bi"


@pytest.fixture
def company(tmp_path: Path, open_shop) -> Company:
    shop = open_shop(tmp_path / "shop")
    config = (shop.folder / "voronka.toml").read_text()
    shop.write("voronka.toml", config + PUBLISH)
    return shop


def test_a_night_publishes_its_files_without_the_server_and_the_next_one_catches_up(
    company, monkeypatch
):
    monkeypatch.setenv("MARTS_ADDRESS", DOWN)
    first = company.marts.resolve()
    with vendor(lambda asked: Reply()) as hook:
        monkeypatch.setenv("TELL_ENGINEERS", hook.url.replace("http:", "json:") + "/engineers")
        monkeypatch.setenv("TELL_SALES", hook.url.replace("http:", "json:") + "/sales")
        ended = company.run()
        told = [asked.body for asked in hook.asked]
    assert ended.status == 4, ended.text
    assert company.marts.resolve() != first
    assert "✗ publish to postgres" in ended.text
    assert (company.home / "published" / "report" / "index.html").exists()
    sentence = (
        "schema sales of the server in MARTS_ADDRESS was not changed and has the marts it had"
    )
    assert ended.text.splitlines()[-1].startswith(f"✗ {sentence}")
    assert len(told) == 2, "the digest, and what the engineers have to do"
    assert b"is published, but not on the server" in told[1]
    written = b"".join(path.read_bytes() for path in company.home.glob("state/dagster/**/*.db"))
    assert b"schema sales of the server" in written
    for text in (ended.text.encode(), *told, written):
        assert b"secret-word-9" not in text

    with postgres() as url:
        monkeypatch.setenv("MARTS_ADDRESS", url)
        # Without a night: the command, then the asset as the UI materializes it.
        published = company.run("publish")
        assert (published.status, published.text.count("\n")) == (0, 1), published.text
        assert "schema sales of the server in MARTS_ADDRESS has publication" in published.text
        same_as_the_file(company, url)
        settings = load_settings(company.folder / "voronka.toml")
        night = Night(settings, Home(company.home))
        done = materialize(server_assets(settings, []), resources={"night": night})
        (event,) = done.get_asset_materialization_events()
        metadata = event.materialization.metadata
        assert metadata["dagster/row_count"].value == sum(metadata["rows"].value.values()) > 0
        assert url not in str(metadata)
        found = {one.what: one for one in diagnose(company.folder / "voronka.toml", night.home)}
        assert found["publish postgres"].ok
        assert "tables as of 2026-03-31" in found["publish postgres"].found
    found = {one.what: one for one in diagnose(company.folder / "voronka.toml", night.home)}
    assert not found["publish postgres"].ok
    assert found["publish postgres"].advice.startswith("Correct [publish.postgres], its")


def same_as_the_file(company: Company, url: str) -> None:
    """Every table has the rows of the file."""
    with duckdb.connect(company.marts, read_only=True) as file, psycopg.connect(url) as server:
        tables = [name for (name,) in file.execute("select name from (show tables)").fetchall()]
        assert len(tables) > 50
        for table in tables:
            (expected,) = file.execute(f"select count(*) from {table}").fetchone()
            assert server.execute(f"select count(*) from sales.{table}").fetchone() == (expected,)


def test_without_a_server_there_is_nothing_to_publish_to(tmp_path, open_shop):
    shop = open_shop(tmp_path / "shop")
    ended = shop.run("publish")
    assert ended.status == 2
    assert "names no server, expected a section [publish.postgres]" in ended.text
