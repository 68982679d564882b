"""The Dagster UI on loopback. It has no login, so it listens nowhere else."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.core.home import Home
from orchestration.instance import (
    CODE_LOCATION,
    forget_crashed_runs,
    open_instance,
    prepare_instance,
)


def serve(config: Path, home: Home, port: int) -> NoReturn:
    """Replace this process with the one that runs the UI, the schedule and their code server.

    It is replaced and not a child, so that one signal stops it with all its children.
    """
    home.prepare()
    if not home.is_locked:
        with open_instance(home) as instance:
            forget_crashed_runs(instance)
    environment = os.environ | {
        "VORONKA_CONFIG": str(config),
        "VORONKA_HOME": str(home.root),
        "DAGSTER_HOME": str(prepare_instance(home)),
        # A file in the working directory with the name of a module must not shadow that module.
        "PYTHONSAFEPATH": "1",
    }
    command = [
        *(sys.executable, "-m", "dagster", "dev"),
        *("--module-name", CODE_LOCATION),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    # A command that a shell starts in the background ignores SIGINT, and so would Dagster's
    # children, which Dagster also ends with SIGINT when it gets SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execve(sys.executable, command, environment)
