"""A full disk is one sentence, whoever meets it first, and the run can still say how it ended."""

import errno
import shutil
from collections import namedtuple

import pytest
from dagster import EventLogEntry
from sqlalchemy.exc import OperationalError

from orchestration import disk
from orchestration.core.errors import AuditRefusedError, ConfigError
from orchestration.core.home import Home
from orchestration.event_log import KeptSqliteEventLogStorage, SqliteEventLogStorage
from orchestration.instance import open_instance
from orchestration.resources import Night
from orchestration.settings import DEMO_CONFIG, load_settings

MIB = 1024**2
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def leave(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free, 0, free))


def wrapped() -> Exception:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("pipeline step failed") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        AuditRefusedError("dbt model a cannot be built: IO Error: write: No space left on device"),
        OperationalError("insert", {}, Exception("database or disk is full")),
        RuntimeError("failed to offload data block; set by the 'max_temp_directory_size' setting"),
        wrapped(),
    ],
)
def test_every_wording_of_a_full_disk_becomes_one_sentence(home, monkeypatch, error):
    leave(monkeypatch, 3 * MIB)
    full = disk.explained(error, home)
    assert isinstance(full, ConfigError)
    assert f"{full}" == (
        f"the disk of home folder {home.root} has 3 MiB free, a night needs about 256 MiB there:"
        " free some space and run it again; what was published stays"
    )


def test_other_errors_are_left_alone_while_there_is_room(home, monkeypatch):
    leave(monkeypatch, 100 * MIB)
    assert disk.explained(RuntimeError("disk I/O error"), home) is None
    leave(monkeypatch, 0)
    assert disk.explained(RuntimeError("disk I/O error"), home)


def test_a_step_that_meets_a_full_disk_gives_the_reserve_up(home, monkeypatch):
    disk.reserve(home)
    assert (home.state / "reserve").stat().st_size == disk.RESERVED_BYTES
    night = Night(load_settings(DEMO_CONFIG), home)
    leave(monkeypatch, 0)
    with pytest.raises(disk.DiskFullError), night.step("publish"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [type(error) for error in night.errors] == [disk.DiskFullError]
    assert not (home.state / "reserve").exists()


def test_a_night_that_would_not_find_room_is_not_begun(home, monkeypatch):
    folder = home.publications / "20260701T030000Z-1a2b3c4d"
    folder.mkdir()
    (folder / "marts.duckdb").write_bytes(bytes(10 * MIB))
    home.published.symlink_to(folder)
    leave(monkeypatch, 276 * MIB)
    disk.refuse_full(home)
    leave(monkeypatch, 275 * MIB)
    with pytest.raises(disk.DiskFullError, match="has 275 MiB free, a night needs about 276 MiB"):
        disk.refuse_full(home)


def test_the_history_of_runs_is_written_in_the_room_laid_aside(home, monkeypatch):
    calls = []

    def store_event(self, event: EventLogEntry) -> None:
        calls.append(event)
        if (home.state / "reserve").exists() or len(calls) > 3:
            raise OperationalError("insert", {}, Exception("database or disk is full"))

    monkeypatch.setattr(SqliteEventLogStorage, "store_event", store_event)
    with open_instance(home) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, KeptSqliteEventLogStorage)
        disk.reserve(home)
        storage.store_event("event")
        assert calls == ["event", "event"]
        storage.store_event("next")
        with pytest.raises(OperationalError):
            storage.store_event("last")
