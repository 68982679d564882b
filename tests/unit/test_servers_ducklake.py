"""DuckLake without its extension and with a wrong config: one sentence, and nothing is written.
`make ducklake` tries the rest."""

from pathlib import Path

import duckdb
import pytest

from orchestration.core.errors import ConfigError, ServerError
from orchestration.core.home import Home
from orchestration.doctor import diagnose
from orchestration.servers import ducklake
from orchestration.servers.serve import DuckLake, servers_of
from orchestration.settings import DEMO_CONFIG, DuckLakeServer, load_settings


@pytest.fixture(autouse=True)
def without_extensions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of a user who has installed none."""
    monkeypatch.setenv("HOME", str(tmp_path))


def config(tmp_path: Path, lines: str) -> Path:
    path = tmp_path / "voronka.toml"
    path.write_text(f"{DEMO_CONFIG.read_text()}\n[publish.ducklake]\n{lines}")
    return path


def test_a_missing_extension_is_named_with_what_to_do(tmp_path):
    path = config(tmp_path, 'catalog = "marts.ducklake"\ndata_path = "lake"')
    found = {one.what: one for one in diagnose(path, Home(tmp_path / "home"))}["publish ducklake"]
    assert not found.ok
    assert "has no extension ducklake: install it once" in found.found
    assert "install ducklake" in found.found
    assert not (tmp_path / "marts.ducklake").exists()


def test_relative_paths_start_at_the_config(tmp_path):
    path = config(tmp_path, 'catalog = "marts.ducklake"\ndata_path = "lake"')
    (server,) = servers_of(load_settings(path))
    assert server.place == f"the DuckLake catalogue {tmp_path / 'marts.ducklake'}"


@pytest.mark.parametrize(
    "lines", ['data_path = "lake"', 'catalog = "a"\ncatalog_env = "B"\ndata_path = "lake"']
)
def test_a_catalogue_is_a_file_or_an_address(tmp_path, lines):
    with pytest.raises(ConfigError, match="expected either `catalog` or `catalog_env`"):
        load_settings(config(tmp_path, lines))


@pytest.mark.parametrize(
    "address",
    ["postgresql://voronka:secret-word@db/lake", "host=db user=voronka password=secret-word"],
)
def test_what_the_database_says_is_told_without_the_password(tmp_path, monkeypatch, address):
    def refused(connection, catalog, *_, **__):
        raise duckdb.IOException(f"Unable to connect to {catalog}: `secret-word` is refused\nmore")

    monkeypatch.setattr(ducklake, "attach", refused)
    monkeypatch.setenv("LAKE", address)
    server = DuckLake(DuckLakeServer(catalog_env="LAKE", data_path="lake"), tmp_path)
    with pytest.raises(ServerError, match="Unable to connect to") as caught:
        server.examine("Acme")
    assert "secret-word" not in str(caught.value)
    assert "\n" not in str(caught.value)
