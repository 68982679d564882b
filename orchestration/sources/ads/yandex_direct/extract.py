"""From the Reports service of Yandex Direct to its raw table."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import SourceError
from orchestration.sources.ads.days import slices_to_read
from orchestration.sources.ads.yandex_direct.api import Direct
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.ads.yandex_direct.tables import GRAINS, STATS
from orchestration.sources.vendor.extraction import Extraction
from orchestration.sources.vendor.tsv import read_tsv

_NO_VALUE = "--"
_MEASURES = ["Impressions", "Clicks", "Cost", "Conversions"]


def extract(config: YandexDirectSource, extraction: Extraction) -> Iterator[None]:
    """The statistics by slices of days, the oldest first, each day anew and whole."""
    with Direct(extraction.name, config, extraction.say) as direct:
        client = direct.client()
        constants = {
            "client_id": f"{client['ClientId']}",
            "currency": client["Currency"],
            "vat_included": f"{config.include_vat}",
        }
        for begin, end in slices_to_read(config, extraction, STATS):
            for texts in _read(direct, config, extraction, begin, end):
                extraction.pages.add_texts(STATS, _completed(texts, constants))
            extraction.pages.whole(STATS, begin, end)
            yield


def _read(
    direct: Direct, config: YandexDirectSource, extraction: Extraction, first: date, last: date
) -> Iterator[pa.Table]:
    """The report of these days, or those of fewer where Direct takes too long for it."""
    extraction.say(f"statistics of {first} to {last}")
    asked = report_params(config, first, last)
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
        yield from _read(direct, config, extraction, first, middle)
        yield from _read(direct, config, extraction, middle + timedelta(days=1), last)
    else:
        raise SourceError(
            f"{extraction.name}: Yandex Direct does not finish the report of {first};"
            " choose a coarser grain, or run again later"
        )


def report_params(config: YandexDirectSource, first: date, last: date) -> dict[str, Any]:
    """What is asked for of these days, at the grain of the config."""
    grains = list(GRAINS)
    cuts = [name for grain in grains[: grains.index(config.grain) + 1] for name in GRAINS[grain]]
    return {
        "SelectionCriteria": {"DateFrom": f"{first}", "DateTo": f"{last}"},
        "FieldNames": ["Date", *cuts, "CampaignName", *_MEASURES],
        "OrderBy": [{"Field": "Date"}],
        # The only type that knows ads and keywords at once.
        "ReportType": "CUSTOM_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "YES" if config.include_vat else "NO",
        "IncludeDiscount": "NO",
    }


def _completed(texts: pa.Table, constants: dict[str, str]) -> pa.Table:
    """The rows with what is the same for all of them; a measure without a value is empty."""
    nothing = pa.scalar(None, pa.string())
    for name in _MEASURES:
        place, column = texts.schema.get_field_index(name), texts[name]
        column = pc.if_else(pc.equal(column, _NO_VALUE), nothing, column)
        texts = texts.set_column(place, name, column)
    constants = constants | {"cost_in_micros": f"{_is_micros(texts['Cost'])}"}
    for name, value in constants.items():
        texts = texts.append_column(name, pa.repeat(pa.scalar(value), texts.num_rows))
    return texts


def _is_micros(cost: pa.ChunkedArray) -> bool:
    """Whether a report gives money in millionths although it was asked not to: Direct rounds those
    to ten thousands."""
    values = {value for value in cost.unique().to_pylist() if value not in (None, "0")}
    return bool(values) and all(value.isdigit() and value.endswith("0000") for value in values)
