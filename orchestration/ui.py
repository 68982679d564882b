"""The Dagster UI on loopback. It has no login, so it listens nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

from orchestration.home import Home
from orchestration.instance import prepare_instance


def serve(config: Path, home: Home, port: int) -> int:
    """Run the UI, the schedule and their code server until they are interrupted."""
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
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
