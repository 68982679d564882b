"""The Dagster UI on loopback. It has no login, so it listens nowhere else."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.core.home import Home
from orchestration.instance import CODE_LOCATION, prepare_instance


def serve(config: Path, home: Home, port: int) -> NoReturn:
    """Become the process that runs the UI, the schedule and their code server.

    Being that process and not its parent, it is stopped, with all its children, by one signal.
    """
    home.prepare()
    environment = os.environ | {
        "VORONKA_CONFIG": str(config),
        "VORONKA_HOME": str(home.root),
        "DAGSTER_HOME": str(prepare_instance(home)),
        # A file of the working directory that is named like a module is not taken for it.
        "PYTHONSAFEPATH": "1",
    }
    command = [
        *(sys.executable, "-m", "dagster", "dev"),
        *("--module-name", CODE_LOCATION),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    # A shell that starts a command in the background has it ignore SIGINT. Dagster ends its
    # children on SIGTERM as it does on SIGINT: it would ignore both.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execve(sys.executable, command, environment)
