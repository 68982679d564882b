"""The list of what each mart is computed from, which completeness scores are made of."""

import csv
from datetime import date
from pathlib import Path

from data_quality.marts import marts_measures
from orchestration.core.entities import ENTITIES

PROJECT = Path(__file__).resolve().parents[2]
ROWS = list(csv.DictReader((PROJECT / "seeds" / "mart_entities.csv").open(newline="")))

MARTS = {
    path.stem
    for path in PROJECT.glob("models/marts/*/mart_*.sql")
    # These say how complete the others are.
    if path.parent.name != "quality"
}


def test_every_mart_is_listed_with_an_entity_it_cannot_do_without():
    assert {row["mart"] for row in ROWS if row["is_mandatory"] == "true"} == MARTS
    assert {row["mart"] for row in ROWS} == MARTS


def test_every_row_says_what_the_entity_is_to_the_mart():
    for row in ROWS:
        assert {row["is_mandatory"], row["is_enough"]} <= {"true", "false"}, row


def test_entities_are_named_as_sources_deliver_them():
    assert {row["entity"] for row in ROWS} <= ENTITIES.keys()


def test_every_mart_has_totals_in_gate_2():
    measures = marts_measures(date(2026, 6, 30), "Europe/Moscow")
    for mart in MARTS:
        assert [m for m in measures[mart] if m.severity == "block"], mart
