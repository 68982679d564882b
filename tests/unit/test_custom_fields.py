"""The config maps fields of an account's own where a staging model reads them, and nowhere else."""

import re
from pathlib import Path
from typing import get_args

import pytest

from orchestration.core.errors import ConfigError
from orchestration.settings import Source, load_settings
from orchestration.sources.connectors.base import ConnectorSource

MODELS = Path(__file__).parents[2] / "models" / "staging" / "vendors"
VENDORS = [kind for kind in get_args(get_args(Source)[0]) if issubclass(kind, ConnectorSource)]

HEAD = '[business]\nname = "Shop"\ntime_zone = "Europe/Moscow"\nbase_currency = "RUB"\n'
AMO = 'type = "amocrm"\nbase_url = "https://shop.amocrm.ru"\ntoken_env = "T"\n'
B24 = 'type = "bitrix24"\nwebhook_env = "T"\n'
HUBSPOT = 'type = "hubspot"\ntoken_env = "T"\n'
UIS = 'type = "uis"\ntoken_env = "T"\n'
META = 'type = "meta"\ntoken_env = "T"\naccount_id = "1"\n'


def read_columns(vendor: str) -> dict[str, set[str]]:
    """By entity, the columns that the models take from `custom_values`."""
    read: dict[str, set[str]] = {}
    for path in MODELS.glob(f"{vendor}/*.sql"):
        for entity, columns in re.findall(
            rf"own_fields\('{vendor}', '(\w+)', \[(.*?)\]", path.read_text(), re.S
        ):
            read.setdefault(entity, set()).update(re.findall(r"'(\w+)'", columns))
    return read


@pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.__name__)
def test_the_mappable_columns_are_those_that_are_read(kind):
    vendor = get_args(kind.model_fields["type"].annotation)[0]
    columns = kind.custom.columns if kind.custom else {}
    assert {entity: set(names) for entity, names in columns.items()} == read_columns(vendor)


def mistake(tmp_path: Path, source: str, mapped: str = "") -> str:
    path = tmp_path / "voronka.toml"
    path.write_text(f"{HEAD}[sources.shop]\nhistory_from = 2024-01-01\n{source}{mapped}")
    with pytest.raises(ConfigError) as told:
        load_settings(path)
    assert told.value.exit_status == 2
    return str(told.value)


@pytest.mark.parametrize(
    ("source", "mapped", "told"),
    [
        (AMO, 'deal.cost = "1"', "custom_fields has `deal`, expected one of deals, contacts"),
        (
            *(AMO, 'leads.city = "1"'),
            "custom_fields has `leads`, expected one of deals, contacts",
        ),
        (
            *(AMO, 'deals.costs = "1"'),
            "custom_fields.deals has `costs`, expected one of currency, cost, lead_id,"
            " expected_close_on, product, is_test",
        ),
        (
            *(AMO, 'deals.cost = "UF_1"'),
            "custom_fields.deals.cost is `UF_1`, expected the id of a field such as 512001",
        ),
        (B24, 'companies.city = "UF_1"', "has `companies`, expected one of deals, leads, contacts"),
        (B24, 'deals.cost = "512001"', "is `512001`, expected the id of a field such as UF_CRM_1"),
        (HUBSPOT, 'deals.cost = "Deal cost"', "is `Deal cost`, expected the id of a field such as"),
        (HUBSPOT + "leads = false\n", 'leads.city = "c"', "expected one of deals, contacts"),
        (UIS, 'calls.user_id = "1"', "uis has no custom_fields: remove the section"),
        (META, 'ad_stats.spend = "1"', "meta has no custom_fields: remove the section"),
    ],
)
def test_a_mapping_that_nothing_reads_is_one_sentence(tmp_path, source, mapped, told):
    sentence = mistake(tmp_path, source, f"custom_fields.{mapped}\n")
    assert "`sources.shop`: " in sentence and told in sentence


@pytest.mark.parametrize("source", [AMO, B24, HUBSPOT, META])
def test_a_zone_that_nothing_reads_is_none_of_the_config(tmp_path, source):
    told = mistake(tmp_path, source, 'time_zone = "Europe/Moscow"\n')
    assert "unknown key `sources.shop.time_zone`" in told
