"""The Dagster code location: what the UI and the schedule run, for one company and one home."""

import os
from pathlib import Path

from dagster import Definitions, definitions

from orchestration.assembly import build_definitions
from orchestration.core.home import Home
from orchestration.resources import Night
from orchestration.settings import DEMO_CONFIG, load_settings


@definitions
def defs() -> Definitions:
    """The definitions for the config in VORONKA_CONFIG (the demo company) and VORONKA_HOME."""
    config = Path(os.environ.get("VORONKA_CONFIG") or DEMO_CONFIG)
    home = Home(Path(os.environ.get("VORONKA_HOME") or "var").resolve())
    home.prepare()
    return build_definitions(Night(load_settings(config), home), home.locked)
