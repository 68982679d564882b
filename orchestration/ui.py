"""The Dagster UI on loopback. It has no login, so it listens nowhere else."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.home import Home
from orchestration.instance import prepare_instance


def serve(config: Path, home: Home, port: int) -> NoReturn:
    """Become the process that runs the UI, the schedule and their code server.

    Being that process and not its parent, it is stopped, with all its children, by one signal.
    """
    home.prepare()
    environment = os.environ | {
        "VORONKA_CONFIG": str(config),
        "VORONKA_HOME": str(home.root),
        "DAGSTER_HOME": str(prepare_instance(home)),
    }
    command = [
        *(sys.executable, "-m", "dagster", "dev"),
        *("--module-name", "orchestration.definitions"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    os.execve(sys.executable, command, environment)
