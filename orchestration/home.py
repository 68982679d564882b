"""The one folder that holds everything the project writes, its lock and its key."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.errors import ConfigError

HASH_KEY_VARIABLE = "VORONKA_HASH_KEY"


@dataclass(frozen=True)
class Home:
    """Where things lie under the home folder. `published` is a link that one rename swaps."""

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

    def prepare(self) -> None:
        """Make the folders, readable by their owner only where they hold private data."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.state, self.quarantine):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.publications.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"home folder {self.root} cannot be written: {error.strerror}"
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for one run; a second run is told at once."""
        lock = FileLock(self.state / "run.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ConfigError(
                f"another run is at work in {self.root}, wait for it to end"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def hash_key(self) -> tuple[str, bool]:
        """The key that customer ids are hashed with, and whether it was made just now.

        The environment wins; else the key file in `state`, made once with owner-only rights.
        """
        if key := os.environ.get(HASH_KEY_VARIABLE):
            return key, False
        path = self.state / "customer.key"
        if path.exists():
            return path.read_text().strip(), False
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key := secrets.token_hex(32))
        return key, True
