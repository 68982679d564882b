"""The shipped channels, their spellings and rules, and the page that lists them."""

import csv
import re
from pathlib import Path

from orchestration import channel_docs

SEEDS = Path(__file__).parents[2] / "seeds"


def rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key(mark: str) -> str:
    return re.sub(r"[\W_]", "", mark.lower())


def test_the_page_is_that_of_the_seeds():
    page = channel_docs.PAGE.read_text(encoding="utf-8")
    assert page == channel_docs.page(), "run `make docs`"
    for channel in rows("channels"):
        assert f"| {channel['channel']} |" in page


def test_rules_name_channels_of_the_list():
    known = {row["channel"] for row in rows("channels")}
    assert {rule["channel"] for rule in rows("channel_rules")} <= known


def test_shipped_rules_hold_nothing_of_one_company():
    for seed in ("channel_rules", "channel_spellings"):
        assert not re.search(r"\d{5}", (SEEDS / f"{seed}.csv").read_text(encoding="utf-8"))


def test_each_spelling_belongs_to_one_mark_of_a_rule_or_channel():
    spellings = rows("channel_spellings")
    keys = [key(row["spelling"]) for row in spellings]
    assert len(set(keys)) == len(keys)
    rules = rows("channel_rules")
    known = {key(rule[signal]) for rule in rules for signal in ("utm_source", "utm_medium")}
    known |= {key(row["channel"]) for row in rows("channels")}
    marks = {key(row["mark"]) for row in spellings}
    assert marks <= known
    # A mark is spelt as itself: one lookup is enough.
    assert not marks & set(keys)
