"""Delivers the rows of the demo company."""

import json
from datetime import date
from pathlib import Path

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.sources.delivery import Delivery
from orchestration.sources.demo.company import generate, planted_truths
from orchestration.sources.demo.config import MADE, DemoSource
from orchestration.sources.demo.truths import NOTHING, PLANTED
from orchestration.sources.demo.until import keep_until


def extract(delivery: Delivery, config: DemoSource, as_of: date, truths: Path) -> None:
    """Make the company, deliver its tables as they stood at the end of `as_of`, and write what the
    marts must find at the end of its last day to `truths`."""
    connection = delivery.connection
    generate(connection, config.seed, config.scale, PLANTED if config.plants else NOTHING)
    planted = planted_truths(connection) if config.plants else {}
    truths.write_text(json.dumps(planted, indent=2, default=str))
    keep_until(connection, as_of)
    for entity in (ENTITIES[name] for name in MADE):
        file = f"demo:{entity.name}"
        with delivery.reading(entity, file):
            relation = (
                f"select *, {sql.text(file)} as _file, rowid + 1 as _row, null as _problems "
                f"from main.{entity.name}"
            )
            columns = connection.table(f"main.{entity.name}").columns
            delivery.add(entity, relation, columns)
            connection.execute(f"drop table main.{entity.name}")
