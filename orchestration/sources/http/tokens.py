"""Storage of rotating tokens: one file per source, owner-only rights, replaced atomically."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson
from filelock import FileLock, Timeout

from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.http.secret import Secret

# More bytes than any pair of tokens takes.
_ROOM = 16_384
_PATIENCE = 300.0


@dataclass(frozen=True)
class Tokens:
    """`renew_at` is seconds since 1970, None for never. `seed` tells which refresh token of the
    environment these come from."""

    access: Secret
    refresh: Secret
    renew_at: float | None
    seed: str


class TokenStore:
    """The tokens of one source under `state`, the home's private folder."""

    def __init__(self, state: Path, source: str) -> None:
        self.path = state / "tokens" / f"{source}.json"
        self._source = source

    def read(self) -> Tokens | None:
        """The stored tokens; None if there are none yet."""
        try:
            kept = orjson.loads(self.path.read_bytes())
            return Tokens(
                Secret(kept["access"]), Secret(kept["refresh"]), kept["renew_at"], kept["seed"]
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise ConfigError(
                f"{self.path} cannot be read as the tokens of {self._source}:"
                " delete it and put a new refresh token into the environment"
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock, so that no other process uses the same refresh token."""
        self._prepare()
        try:
            with FileLock(f"{self.path}.lock", timeout=_PATIENCE, mode=0o600):
                yield
        except Timeout:
            raise SourceError(
                f"{self._source}: another run has locked {self.path}.lock, wait for it to end"
            ) from None

    @contextmanager
    def replacing(self) -> Iterator[Callable[[Tokens], None]]:
        """Yield a function that replaces the stored tokens; they are on disk when it returns.

        The room is taken before anything is asked of the vendor: a full disk or a missing right
        shows while the old refresh token is still good. Call it under the lock.
        """
        aside = self.path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write(file, b" " * _ROOM)

                def save(tokens: Tokens) -> None:
                    # Pad with blanks, which JSON ignores, so that the reserved space stays
                    # reserved.
                    _write(file, _as_json(tokens))
                    aside.replace(self.path)
                    _sync(self.path.parent)

                yield save
        finally:
            aside.unlink(missing_ok=True)

    def _prepare(self) -> None:
        folder = self.path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise ConfigError(f"folder {folder} cannot be written: {error.strerror}") from None


def _write(file: BinaryIO, content: bytes) -> None:
    file.seek(0)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _as_json(tokens: Tokens) -> bytes:
    return orjson.dumps(
        {
            "access": tokens.access.reveal(),
            "refresh": tokens.refresh.reveal(),
            "renew_at": tokens.renew_at,
            "seed": tokens.seed,
        }
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
