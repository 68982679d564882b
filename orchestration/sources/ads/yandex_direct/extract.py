"""From the Reports service of Yandex Direct to its raw table."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.core.errors import SourceError
from orchestration.sources.ads.days import slices_to_read
from orchestration.sources.ads.yandex_direct.api import MOST_ROWS, DirectApi
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.ads.yandex_direct.tables import GRAINS, STATS
from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tsv import read_tsv

_NO_VALUE = "--"
_MEASURES = ["Impressions", "Clicks", "Cost", "Conversions"]

_Ask = Callable[[date, date], dict[str, Any]]


def extract(config: YandexDirectSource, extraction: Extraction) -> Iterator[None]:
    """The statistics in slices of days, the oldest first; each day is replaced in full."""
    with DirectApi(extraction.name, config, extraction.say) as direct:
        client = direct.client()
        constants = {
            "client_id": f"{client['ClientId']}",
            "currency": client["Currency"],
            "vat_included": f"{config.include_vat}",
        }
        for begin, end in slices_to_read(config, extraction, STATS):
            for texts in _statistics(direct, config, extraction, begin, end):
                extraction.pages.add_texts(STATS, _completed(texts, constants))
            extraction.pages.whole(STATS, begin, end)
            yield


def _statistics(
    direct: DirectApi, config: YandexDirectSource, extraction: Extraction, first: date, last: date
) -> list[pa.Table]:
    """The rows of these days. Direct reports no impressions of a smart campaign by targeting: such
    a campaign is requested again without targeting. If it has none then either, its rows stay
    unchanged."""
    parts = list(_read(direct, extraction, partial(report_params, config), first, last))
    if config.grain != "keyword":
        return parts
    smart = sorted(set().union(*map(_untold, parts)))
    if not smart:
        return parts
    by_ad = partial(report_params, config, grain="ad", campaigns=smart)
    again = list(_read(direct, extraction, by_ad, first, last))
    told = set().union(*map(_campaigns, again)) - set().union(*map(_untold, again))
    return [_of(part, told, False) for part in parts] + [_of(part, told, True) for part in again]


def _untold(texts: pa.Table) -> set[str]:
    """The campaigns that have a row without impressions."""
    return _campaigns(texts.filter(pc.equal(texts["Impressions"], _NO_VALUE)))


def _campaigns(texts: pa.Table) -> set[str]:
    return set(texts["CampaignId"].to_pylist())


def _of(texts: pa.Table, campaigns: set[str], are_wanted: bool) -> pa.Table:
    """The rows of these campaigns, or those of all others."""
    is_theirs = pc.is_in(texts["CampaignId"], pa.array(campaigns, pa.string()))
    return texts.filter(is_theirs if are_wanted else pc.invert(is_theirs))


def _read(
    direct: DirectApi, extraction: Extraction, ask: _Ask, first: date, last: date
) -> Iterator[pa.Table]:
    """The report of these days, or reports of fewer days each if Direct takes too long for it or
    cuts it off."""
    extraction.say(f"statistics of {first} to {last}")
    asked = ask(first, last)
    body = direct.report(f"the report of {first} to {last}", asked)
    if body is not None:
        texts = read_tsv(body, f"{extraction.name}:{STATS.name}")
        if texts.column_names != asked["FieldNames"]:
            raise SourceError(
                f"{extraction.name}:{STATS.name}: the report has columns"
                f" {', '.join(texts.column_names)}, expected {', '.join(asked['FieldNames'])}"
            )
        yield texts
    elif first < last:
        middle = first + (last - first) // 2
        yield from _read(direct, extraction, ask, first, middle)
        yield from _read(direct, extraction, ask, middle + timedelta(days=1), last)
    else:
        raise SourceError(
            f"{extraction.name}: Yandex Direct does not finish the report of {first}, or cuts it"
            f" off after {MOST_ROWS:,} rows;"
            " choose a coarser grain, or run again later"
        )


def report_params(
    config: YandexDirectSource,
    first: date,
    last: date,
    grain: str | None = None,
    campaigns: Sequence[str] = (),
) -> dict[str, Any]:
    """The request for these days, at the grain of the config unless another is given.
    `campaigns`: only of these, by their ids."""
    grains = list(GRAINS)
    finest = grains.index(grain or config.grain)
    cuts = [name for one in grains[: finest + 1] for name in GRAINS[one]]
    selection: dict[str, Any] = {"DateFrom": f"{first}", "DateTo": f"{last}"}
    if campaigns:
        only = {"Field": "CampaignId", "Operator": "IN", "Values": list(campaigns)}
        selection["Filter"] = [only]
    return {
        "SelectionCriteria": selection,
        "FieldNames": ["Date", *cuts, "CampaignName", *_MEASURES],
        "OrderBy": [{"Field": "Date"}],
        # The only type that has both ads and keywords.
        "ReportType": "CUSTOM_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "YES" if config.include_vat else "NO",
        "IncludeDiscount": "NO",
    }


def _completed(texts: pa.Table, constants: dict[str, str]) -> pa.Table:
    """The rows plus the values that are the same for all of them; a missing measure is empty."""
    nothing = pa.scalar(None, pa.string())
    for name in _MEASURES:
        place, column = texts.schema.get_field_index(name), texts[name]
        column = pc.if_else(pc.equal(column, _NO_VALUE), nothing, column)
        texts = texts.set_column(place, name, column)
    for name, value in constants.items():
        texts = texts.append_column(name, pa.repeat(pa.scalar(value), texts.num_rows))
    return texts
