"""The merges that could not be followed: their records stay apart, and a warning names them."""

from data_quality.checks import Measure
from data_quality.comparisons import no_bad_rows
from data_quality.ledger import marts_fed_by
from orchestration.core import sql


def merge_measures(entity: str) -> list[Measure]:
    """The warnings about the merges of one entity."""
    rows = f"(from intermediate.int_merges__resolved where entity = {sql.text(entity)})"
    return [
        no_bad_rows(
            check_id,
            f"merges of {entity}",
            f"fate = {sql.text(fate)}",
            "loser_id || ' into ' || delivered_survivor_id",
            complaint,
            f"each of them stays a record of its own; {advice}",
            marts_fed_by(entity),
            "warn",
            "referential",
            rows,
        )
        for check_id, fate, complaint, advice in (
            (
                "merge_survivor_known",
                "unknown_survivor",
                "name a survivor that was not delivered",
                "deliver the survivor too",
            ),
            (
                "merge_ends",
                "circle",
                "go round in a circle",
                "correct the merges in the source",
            ),
        )
    ]
