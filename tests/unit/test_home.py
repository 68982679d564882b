"""The home folder: one run at a time, private things private, one key for good."""

import stat
from multiprocessing import get_context

import pytest

from orchestration.errors import ConfigError
from orchestration.home import HASH_KEY_VARIABLE, Home


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def _try_to_lock(home: Home, results) -> None:
    try:
        with home.locked():
            results.put("locked")
    except ConfigError as error:
        results.put(str(error))


def test_a_second_run_is_told_at_once(home):
    context = get_context("spawn")
    results = context.Queue()
    with home.locked():
        process = context.Process(target=_try_to_lock, args=(home, results))
        process.start()
        assert "another run is at work" in results.get(timeout=60)
        process.join()
    with home.locked():
        pass


def test_private_folders_are_the_owners_only(home):
    for folder in (home.state, home.quarantine):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_key_is_made_once_with_owner_only_rights(home, monkeypatch):
    monkeypatch.delenv(HASH_KEY_VARIABLE, raising=False)
    key, made = home.hash_key()
    assert made
    assert home.hash_key() == (key, False)
    assert len(key) == 64
    assert stat.S_IMODE((home.state / "customer.key").stat().st_mode) == 0o600


def test_the_environment_holds_the_key_first(home, monkeypatch):
    monkeypatch.setenv(HASH_KEY_VARIABLE, "given")
    assert home.hash_key() == ("given", False)
    assert not (home.state / "customer.key").exists()


def test_a_file_in_the_place_of_the_home_is_named(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        Home(tmp_path / "home").prepare()
