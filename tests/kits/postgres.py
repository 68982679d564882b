"""A PostgreSQL server of a test's own, where its programs are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = os.pathsep.join(
    [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)
INITDB = shutil.which("initdb", path=_PLACES)
# PostgreSQL refuses to run as root.
_USER = "postgres" if os.geteuid() == 0 else None

needs_postgres = pytest.mark.skipif(not INITDB, reason="PostgreSQL is not installed here")


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a new server, without a driver in it."""
    assert INITDB
    # Not below pytest's folder: that is root's alone, and the path of a socket has to be short.
    folder = Path(tempfile.mkdtemp(prefix="voronka_postgres_"))
    if _USER:
        shutil.chown(folder, _USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [str(Path(INITDB).with_name(program)), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, check=True, user=_USER, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-A", "trust", "-U", "reader", "-E", "UTF8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://reader@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
