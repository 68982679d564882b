"""The log of dbt in a home, <home>/state/dbt/logs/dbt.log.

dbt's own file log formats every debug event, some 20 per model and test, before it drops them: a
tenth of the processor time of a small night.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

# By dbt's names of levels; events of other levels are not kept.
_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_MAX_BYTES = 10 * 1024 * 1024


@contextmanager
def dbt_log(folder: Path) -> Iterator[Callable[[Any], None]]:
    """A callback for dbt that appends events from level info up to dbt.log in `folder`, which is
    made if it is not there. Times are UTC. Six files of 10 MB are kept at most."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / "dbt.log", maxBytes=_MAX_BYTES, backupCount=5, encoding="utf-8", delay=True
    )
    file.setFormatter(logging.Formatter("%(message)s"))

    def keep(event: Any) -> None:
        level = _LEVELS.get(event.info.level)
        if level is not None:
            time = event.info.ts.ToJsonString()
            line = f"{time} [{event.info.level:5}] {event.info.msg}"
            file.handle(logging.makeLogRecord({"msg": line, "levelno": level}))

    try:
        yield keep
    finally:
        file.close()
