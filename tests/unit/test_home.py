"""The home folder: one run at a time, private things private, one key for good."""

import stat
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pytest

from orchestration.core.errors import ConfigError
from orchestration.core.home import HASH_KEY_VARIABLE, Home
from orchestration.core.project import DEMO_CONFIG
from orchestration.resources import Night
from orchestration.settings import load_settings


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _try_to_lock(home: Home, results) -> None:
    try:
        with home.locked():
            results.put("locked")
    except ConfigError as error:
        results.put(str(error))


def test_a_second_run_fails_at_once(home):
    context = get_context("spawn")
    results = context.Queue()
    with home.locked():
        process = context.Process(target=_try_to_lock, args=(home, results))
        process.start()
        assert "another run is active" in results.get(timeout=60)
        process.join()
    with home.locked():
        pass


@pytest.mark.parametrize("below", [".", "below"])
def test_a_file_is_not_a_home(tmp_path, below):
    file = tmp_path / "file"
    file.touch()
    home = Home(file / below)
    for use in (home.prepare, home.owner):
        with pytest.raises(ConfigError, match="is a file, expected a folder"):
            use()
    with pytest.raises(ConfigError):
        home.refuse_missing()


def test_a_home_that_is_not_there_is_named_and_not_made(tmp_path):
    home = Home(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="nowhere is not there, expected one that a night has"):
        home.refuse_missing()
    assert not home.root.exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a /proc")
def test_a_home_where_nothing_can_be_made_is_refused():
    with pytest.raises(ConfigError, match=r"/proc/foo cannot be (made|written)"):
        Home(Path("/proc/foo")).prepare()


def test_private_folders_are_the_owners_only(home):
    for folder in (home.state, home.quarantine):
        assert _rights(folder) == 0o700


def test_the_key_is_made_once_with_owner_only_rights(home, monkeypatch):
    monkeypatch.delenv(HASH_KEY_VARIABLE, raising=False)
    key, made = home.hash_key()
    assert made
    assert home.hash_key() == (key, False)
    assert len(key) == 64
    assert _rights(home.key_file) == 0o600


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_key_is_refused_wherever_it_is(home, monkeypatch, text):
    monkeypatch.delenv(HASH_KEY_VARIABLE, raising=False)
    home.key_file.write_text(text)
    with pytest.raises(ConfigError, match=r"customer\.key is empty, expected the key"):
        home.hash_key()
    monkeypatch.setenv(HASH_KEY_VARIABLE, text)
    with pytest.raises(ConfigError, match=f"{HASH_KEY_VARIABLE} is empty, expected the key"):
        home.hash_key()


def test_what_others_could_read_is_the_owners_only_after_the_next_start(home):
    for file in (home.warehouse, home.key_file):
        file.touch(mode=0o644)
    home.state.chmod(0o755)
    home.prepare()
    assert [_rights(file) for file in (home.warehouse, home.key_file)] == [0o600, 0o600]
    assert _rights(home.state) == 0o700


def test_what_a_run_writes_is_the_owners_only(home):
    with home.locked(), duckdb.connect(home.warehouse) as warehouse:
        warehouse.execute("create table t as select 1 as one")
        written = [home.warehouse, home.root / "warehouse.duckdb.wal"]
        assert [_rights(file) for file in written] == [0o600, 0o600]


def test_a_home_that_was_there_is_made_private_once(tmp_path):
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o755)
    home.prepare()
    home.claim("Acme")
    assert _rights(home.root) == 0o700
    # To let a group read what is published is up to the operator.
    home.root.chmod(0o750)
    home.prepare()
    home.claim("Acme")
    assert _rights(home.root) == 0o750


def test_a_home_belongs_to_the_company_that_made_it(home):
    home.claim("Acme")
    home.claim("Acme")
    with pytest.raises(ConfigError, match=r"belongs to company `Acme`, .* `Demo`.*--adopt"):
        home.claim("Demo")
    assert home.owner() == "Acme"
    home.claim("Demo", adopt=True)
    assert home.owner() == "Demo"


def test_publications_without_an_owner_are_not_replaced(home):
    (home.publications / "20260701T030000Z-1a2b3c4d").mkdir()
    with pytest.raises(ConfigError, match=r"does not say which company .* `Demo`.*--adopt"):
        home.claim("Demo")
    home.claim("Acme", adopt=True)
    assert home.owner() == "Acme"


def test_the_environment_holds_the_key_first(home, monkeypatch):
    monkeypatch.setenv(HASH_KEY_VARIABLE, "given")
    assert home.hash_key() == ("given", False)
    assert not (home.state / "customer.key").exists()


@pytest.mark.parametrize("sign", ["'", "%", "?", "#", "\n"])
def test_a_path_that_libraries_would_misread_is_refused(tmp_path, sign):
    with pytest.raises(
        ConfigError, match=r"home folder .* has the character .* in its path, which dlt"
    ):
        Home(tmp_path / f"o{sign}s home").prepare()


def test_a_key_that_was_changed_is_told_once(home, monkeypatch):
    """A night without the variable that holds the key would give every client a new id unseen."""

    def told() -> list[bool]:
        night = Night(load_settings(DEMO_CONFIG), home)
        night.begin("0123456789")
        return ["the key of customer ids is another" in warning for warning in night.warnings]

    monkeypatch.setenv(HASH_KEY_VARIABLE, "one")
    assert told() == told() == []
    monkeypatch.setenv(HASH_KEY_VARIABLE, "two")
    assert told() == [True]
    assert told() == []
