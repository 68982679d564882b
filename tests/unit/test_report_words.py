"""The words of the report: both languages say everything, and nothing is asked for that is not
there."""

import json
import re
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from data_quality import marts_checks
from data_quality.specs import _DESCRIPTIONS
from orchestration.core.entities import ENTITIES
from orchestration.report import formats
from orchestration.report.formats import period, sentence, shown
from orchestration.report.pages import PAGES
from orchestration.report.words import LANGUAGES, words

_TWO_CHECKS = (
    "нет свежих данных; итог не равен сумме фактов",
    "no fresh data; a total differs from that of the facts",
)
FOLDER = files("orchestration.report")


def test_every_word_is_there_in_both_languages():
    assert {key for key, pair in words().items() if {*pair} != {*LANGUAGES}} == set()
    assert {key for key, pair in words().items() if not all(pair.values())} == set()


def test_both_languages_fill_the_same_places():
    places = {
        key: [set(re.findall(r"{(\w+)}", text)) for text in pair.values()]
        for key, pair in words().items()
    }
    assert {key for key, (russian, english) in places.items() if russian != english} == set()


def test_every_word_of_a_page_is_known():
    asked = {f"page.{page.id}" for page in PAGES} | {page.note for page in PAGES if page.note}
    for block in (block for page in PAGES for block in page.blocks):
        asked |= {block.title, *([block.about] if block.about else [])}
        asked |= {block.unknown, *({block.empty, block.unfilled} - {""})}
        asked |= {one.word for one in (*block.columns, *block.tiles)}
        asked |= {one.note for one in block.tiles if one.note}
        asked |= set(re.findall(r"t:([a-z0-9_.]+)", json.dumps(asdict(block)["spec"])))
    assert asked - {*words()} == set()


def test_a_word_of_a_chart_does_not_end_its_text():
    """A word stands in an expression of the chart, in single quotes."""
    specs = json.dumps([one.spec for page in PAGES for one in page.blocks if one.spec])
    asked = set(re.findall(r"'t:([a-z0-9_.]+)'", specs))
    assert len(asked) > 20
    assert {key for key in asked if "'" in "".join(words()[key].values())} == set()


CHANNELS = Path("seeds/channels.csv")
SEED = Path("seeds/lost_reason_groups.csv")
# The words of a column's values, by the entity or mart that closes their list.
VALUES = {
    "event": ("external_events", "kind"),
    "letter_channel": ("messages", "channel"),
    "risk": ("managers/mart_deal_risk", "top_risk"),
    "rfm": ("customers/mart_customer_360", "rfm_segment"),
    "churn": ("customers/mart_customer_360", "churn_risk"),
    "stock": ("goods/mart_product_margin", "stock_status"),
    "severity": ("findings/mart_finding", "severity"),
    "client_type": ("managers/mart_contact_effect", "client_type"),
    "segment": ("contacts", "segment"),
    "colour": ("plan/mart_plan_forecast", "status_color"),
}


def accepted(where: str, name: str) -> set[str]:
    """The values that a column of an entity or mart may have."""
    if where in ENTITIES:
        return {*next(one for one in ENTITIES[where].columns if one.name == name).allowed}
    (path,) = (one for one in Path("models/marts").glob(f"{where}.yml"))
    (model,) = yaml.safe_load(path.read_text())["models"]
    column = next(one for one in model["columns"] if one["name"] == name)
    tests = [one for one in column["data_tests"] if "accepted_values" in one]
    return {*tests[0]["accepted_values"]["arguments"]["values"]}


@pytest.mark.parametrize("prefix", VALUES)
def test_every_value_of_a_closed_list_has_a_word(prefix):
    values = accepted(*VALUES[prefix])
    assert values
    assert {f"{prefix}.{value}" for value in values} - {*words()} == set()


def test_every_group_of_reasons_has_a_word():
    groups = {line.split(",")[-1] for line in SEED.read_text().splitlines()[1:] if "," in line}
    assert {f"lost_reason.{group}" for group in groups | {"other", "unknown"}} - {*words()} == set()


def test_every_channel_has_a_word():
    channels = {line.split(",")[0] for line in CHANNELS.read_text().splitlines()[1:] if line}
    assert channels
    assert {f"channel.{channel}" for channel in channels} - {*words()} == set()


def test_every_word_of_the_script_and_the_template_is_known():
    script, template = ((FOLDER / name).read_text() for name in ("report.js", "template.html"))
    asked = set(re.findall(r'\bt\("([a-z_.]+[a-z])"[,)]', script))
    asked |= set(re.findall(r'(?:data-word|data-label)="([a-z_.]+)"', template))
    assert asked
    assert asked - {*words()} == set()


def test_every_check_and_entity_has_a_word():
    checks = {*_DESCRIPTIONS, *(one.name for one in marts_checks()), "no_source", "no_rows"}
    assert {one for one in checks if formats.check(one, "en") == one} == set()
    assert {one for one in ENTITIES if f"entity.{one}" not in words()} == set()
    assert formats.check("of_tomorrow:deals", "en") == "deals: of_tomorrow"


@pytest.mark.parametrize(
    ("value", "format_", "russian", "english"),
    [
        (None, "count", "—", "—"),
        (0, "count", "0", "0"),
        (1234567.5, "money", "1\u202f234\u202f568", "1,234,568"),
        (0.0712, "share", "7,1\u202f%", "7.1\u202f%"),
        (-0.25, "change", "\u221225\u202f%", "\u221225\u202f%"),
        (0.5, "change", "+50\u202f%", "+50\u202f%"),
        (-0.0004, "ratio", "0,00", "0.00"),
        ("2026-06-30", "date", "30.06.2026", "30 Jun 2026"),
        ("green", "colour", "✓ по плану", "✓ on plan"),
        ("week", "word:grain", "неделя", "week"),
        ("fax", "word:channel", "fax", "fax"),
        (False, "mark", "", ""),
        ("fresh, won_count_equals_facts", "checks", *_TWO_CHECKS),
    ],
)
def test_values_as_text(value, format_, russian, english):
    assert shown(value, format_, "ru") == russian
    assert shown(value, format_, "en") == english


def test_a_sign_of_per_cent_stays_with_its_number():
    assert sentence({"why_en": "66 % of 2"}, "why", "en") == "66\u202f% of 2"
    assert sentence({"why_en": None}, "why", "en") == ""


@pytest.mark.parametrize(
    ("grain", "russian", "english"),
    [
        ("day", "01.06.2026", "1 Jun 2026"),
        ("week", "неделя \u0441 01.06.2026", "week from 1 Jun 2026"),
        ("month", "июнь 2026", "June 2026"),
        ("quarter", "кв. 2 2026", "Q2 2026"),
    ],
)
def test_periods_as_text(grain, russian, english):
    assert period(grain, "2026-06-01", "ru") == russian
    assert period(grain, "2026-06-01", "en") == english
