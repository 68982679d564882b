"""How complete the data behind each page and each of its blocks is, on the as_of day."""

from orchestration.report.choice import Row
from orchestration.report.page import Page


def complete_of(page: Page, completeness: list[Row], as_of: str) -> Row:
    """`blocks`: the score and the worst check of each block that is not complete, by its id.
    `head`: how many of the blocks with figures are complete, and the worst of them; None: no block
    has a score. Findings are sentences about figures of many marts: they are not in the head."""
    scores = {
        row["mart"]: row
        for row in completeness
        if row["date"] == as_of and row["score"] is not None
    }
    worst = {}
    for block in page.blocks:
        scored = [scores[mart] for mart in block.marts if mart in scores]
        if scored:
            worst[block.id] = min(scored, key=_least)
    if page.is_of_all_marts:
        named = scores
    else:
        named = {
            block.title: worst[block.id]
            for block in page.blocks
            if block.id in worst and block.kind != "sentences"
        }
    return {
        "head": _head(named),
        "blocks": {
            name: {"score": row["score"], "check": row["worst_check"]}
            for name, row in worst.items()
            if row["score"] < 1
        },
    }


def _head(named: dict[str, Row]) -> Row | None:
    if not named:
        return None
    name, row = min(named.items(), key=lambda one: _least(one[1]))
    return {
        "name": name,
        "score": row["score"],
        "check": row["worst_check"],
        "through": row["data_complete_through"],
        "complete": sum(one["score"] == 1 for one in named.values()),
        "scored": len(named),
    }


def _least(row: Row) -> tuple[float, str]:
    return row["score"], row["mart"]
