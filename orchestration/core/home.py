"""The one folder that holds everything the project writes: its owner, its lock and its key."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.core.errors import ConfigError

HASH_KEY_VARIABLE = "VORONKA_HASH_KEY"


_MISREAD = "'%?#"


@dataclass(frozen=True)
class Home:
    """The paths under the home folder. `published` is a link that one rename swaps."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def publications(self) -> Path:
        return self.root / "publications"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def key_file(self) -> Path:
        return self.state / "customer.key"

    def prepare(self) -> None:
        """Make the folders. Private data is readable by its owner only, also if an earlier version
        or a copy gave wider rights. Raises ConfigError if the home cannot be written."""
        self.refuse_misread_path()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.state, self.quarantine):
                folder.mkdir(exist_ok=True)
                folder.chmod(0o700)
            self.publications.mkdir(exist_ok=True)
            self.publications.chmod(0o755)
            for file in (self.warehouse, self.root / "warehouse.duckdb.wal", self.key_file):
                if file.exists():
                    file.chmod(0o600)
        except (FileExistsError, NotADirectoryError):
            raise self._is_no_folder() from None
        except FileNotFoundError:
            # The file system is not one of a disk, as that of /proc.
            raise ConfigError(
                f"home folder {self.root} cannot be made: {self.root.parent} takes no folders,"
                " expected a place on a disk"
            ) from None
        except OSError as error:
            raise ConfigError(
                f"home folder {self.root} cannot be written: {error.strerror}"
            ) from error

    def refuse_missing(self) -> None:
        """Raises ConfigError if there is no such folder."""
        if not self.root.is_dir():
            if self.root.exists():
                raise self._is_no_folder()
            raise ConfigError(
                f"home folder {self.root} is not there, expected one that a night has made"
            )

    def refuse_misread_path(self) -> None:
        """Raises ConfigError if the path of the home has a character that a library misreads: a
        quote or `%` (dlt), or one that ends the path in Dagster's SQLite URL."""
        path = str(self.root)
        for sign in path:
            if sign in _MISREAD or not sign.isprintable():
                raise ConfigError(
                    f"home folder {path!a} has the character {sign!a} in its path, which dlt or"
                    " Dagster would misread, expected a path without it"
                )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the home for one run; a second run fails at once with ConfigError. Files that the
        run writes are readable by their owner only."""
        lock = self._lock
        try:
            # `is_locked` of another process takes the lock for a moment.
            lock.acquire(timeout=0.2, poll_interval=0.02)
        except Timeout:
            raise ConfigError(f"another run is active in {self.root}, wait for it to end") from None
        umask = os.umask(0o077)
        try:
            yield
        finally:
            os.umask(umask)
            lock.release()

    @property
    def is_locked(self) -> bool:
        """Whether a run is active in the home."""
        try:
            with self._lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def owner(self) -> str | None:
        """The company that this home belongs to; None: no night has run here. Raises ConfigError
        if the home is a file or cannot be read."""
        try:
            return self._owner_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise self._is_no_folder() from None
        except OSError as error:
            raise ConfigError(
                f"home folder {self.root} cannot be read: {error.strerror}"
            ) from error

    def refuse_other(self, company: str) -> None:
        """Raises ConfigError if the home belongs to another company, or holds publications without
        the name of their company."""
        owner = self.owner()
        if owner == company or (owner is None and not self._has_publications()):
            return
        whose = f"belongs to company `{owner}`"
        if owner is None:
            whose = "does not say which company it belongs to"
        raise ConfigError(
            f"home folder {self.root} {whose}, and the config is of company `{company}`: give the"
            " right --config or --home, or take the home over with `voronka nightly --adopt`"
        )

    def claim(self, company: str, adopt: bool = False) -> None:
        """Record that the home belongs to the company. Raises ConfigError if it belongs to another
        one, unless `adopt` is set. Only for the run that holds the home's lock."""
        if not adopt:
            self.refuse_other(company)
        if self.owner() != company:
            # Only once: wider rights that the owner gives later, so that others can read what is
            # published, stay as they are.
            self.root.chmod(0o700)
            _write_whole(self._owner_file, company)

    def hash_key(self) -> tuple[str, bool]:
        """The key that customer ids are hashed with, and whether it was made just now.

        The environment wins; else the key file in `state`, made once with owner-only rights.
        ConfigError as `given_key` raises it.
        """
        if key := self.given_key():
            return key, False
        _write_whole(self.key_file, key := secrets.token_hex(32))
        return key, True

    def given_key(self) -> str | None:
        """The existing key. Raises ConfigError if its variable or its file exists and is empty: ids
        that are hashed with an empty key can be guessed."""
        if (given := os.environ.get(HASH_KEY_VARIABLE)) is not None:
            if not given.strip():
                raise ConfigError(
                    f"environment variable {HASH_KEY_VARIABLE} is empty, expected the key that"
                    " client ids are hashed with, or no such variable"
                )
            return given
        if self.key_file.exists():
            key = self.key_file.read_text().strip()
            if not key:
                raise ConfigError(
                    f"key file {self.key_file} is empty, expected the key that client ids are"
                    " hashed with: put the copy of it back, or remove the file to have a new key"
                    " made, which gives every client a new id"
                )
            return key
        return None

    def _is_no_folder(self) -> ConfigError:
        return ConfigError(f"home {self.root} or a part of its path is a file, expected a folder")

    @property
    def _lock(self) -> FileLock:
        return FileLock(self.state / "run.lock")

    @property
    def _owner_file(self) -> Path:
        return self.state / "company"

    def _has_publications(self) -> bool:
        return any(self.publications.glob("[!.]*"))


def _write_whole(path: Path, text: str) -> None:
    """Write a file with owner-only rights atomically: all of its text or no file."""
    aside = path.with_name(f".{path.name}-aside")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    aside.replace(path)
