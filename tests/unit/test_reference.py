"""docs/reference: every key of the config and every closed list, as the code declares them."""

import csv
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from orchestration import config_docs, list_docs
from orchestration.core.entities import ENTITIES
from orchestration.settings import Settings

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.mark.parametrize("docs", [config_docs, list_docs])
def test_the_pages_are_those_of_the_code(docs):
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(), "run `make docs`"


def test_every_key_says_what_it_means():
    silent = [
        f"{section.model.__name__}.{key}"
        for section in config_docs.sections()
        for key in section.keys
        if not config_docs.meaning(section.model, key)
    ]
    assert silent == [], "say it in the docstring of the class: `key`: what it means."


def test_every_key_that_a_config_may_have_is_on_the_page():
    """Counted in another way: by the schema that pydantic makes of the whole config."""
    schema = Settings.model_json_schema()
    told: dict[str, set[str]] = {}
    for section in config_docs.sections():
        for model in _classes(BaseModel):
            if issubclass(model, section.model):
                told.setdefault(model.__name__, set()).update(section.keys)
    for name, declared in schema["$defs"].items():
        if "properties" in declared:
            assert declared["properties"].keys() <= told[name], name
    assert schema["properties"].keys() == {
        section.places[0].strip("`[]").partition(".")[0] for section in config_docs.sections()
    }


def _classes(model: type[BaseModel]) -> set[type[BaseModel]]:
    return {model}.union(*map(_classes, model.__subclasses__()))


def test_every_list_says_what_its_values_mean():
    named = dict(list_docs.lists())
    assert named.keys() >= {
        *("calls.direction", "calls.result", "stages.semantics", "leads.segment"),
        *("leads.source_type", "touchpoints.type"),
    }
    assert named == {
        f"{entity.name}.{column.name}": column.allowed
        for entity in ENTITIES.values()
        for column in entity.columns
        if column.allowed
    }
    for name, values in named.items():
        assert list_docs._meanings(name).keys() == set(values), name


def test_every_colour_of_a_mart_is_on_the_page_with_what_it_says():
    """What the ymls of the marts have, and which of the four words each may hold."""
    declared = {}
    for path in (SEEDS.parent / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            for column in model["columns"]:
                if column["name"].endswith("_color"):
                    (test,) = column["data_tests"]
                    values = test["accepted_values"]["arguments"]["values"]
                    declared[f"{model['name']}.{column['name']}"] = set(values)
    colors = ("green", "yellow", "red", "none")
    assert declared == {
        column: {color for color, meaning in zip(colors, meanings, strict=True) if meaning}
        for column, meanings in list_docs._COLORS.items()
    }


def test_every_channel_is_on_the_page():
    page = list_docs.page()
    with (SEEDS / "channels.csv").open(encoding="utf-8", newline="") as file:
        channels = [row["channel"] for row in csv.DictReader(file)]
    assert channels and all(f"| `{channel}` |" in page for channel in channels)


def test_shared_keys_are_listed_once_with_their_types():
    titles = [section.title for section in config_docs.sections()]
    assert "`[sources.*]` of every type" in titles
    assert "`[sources.*]` of type amocrm, bitrix24, hubspot" in titles
    assert "`[[sources.*.entities.*]]` of type files, sql" in titles
    assert len(titles) == len(set(titles))
