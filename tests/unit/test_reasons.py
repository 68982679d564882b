"""The list of reasons that deals are lost for."""

import csv
import re
from pathlib import Path

SEED = Path("seeds/lost_reason_groups.csv")


def groups() -> dict[str, str]:
    """The group of each reason, spelt as the models compare it."""
    with SEED.open(encoding="utf-8") as lines:
        rows = [(row["lost_reason"], row["lost_reason_group"]) for row in csv.DictReader(lines)]
    spelt = {
        re.sub(r"[\W_]", "", reason.lower().replace("ё", "\u0435")): group for reason, group in rows
    }
    assert len(spelt) == len(rows), "two reasons spell the same"
    return spelt


def test_usual_reasons_of_crms_are_listed():
    listed = groups()
    # What a new account of amoCRM has, in Russian and English.
    assert listed["слишкомдорого"] == listed["tooexpensive"] == "price"
    assert listed["пропалапотребность"] == listed["nolongerneeded"] == "no_need"
    assert listed["неустроилиусловия"] == "terms"
    assert listed["выбралидругих"] == listed["competitor"] == "competitor"
    assert listed["неотвечает"] == listed["unresponsive"] == "no_contact"
    assert listed["некачественныйлид"] == listed["unqualified"] == "junk"
