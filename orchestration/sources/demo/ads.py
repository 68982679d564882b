"""Advertising statistics as the platforms report them, day by day, with later corrections."""

import duckdb
import numpy as np

from orchestration.sources.demo import channels
from orchestration.sources.demo.clock import DAY, DAYS, END, day_weights
from orchestration.sources.demo.frame import Frame, pick, stack, store, take
from orchestration.sources.demo.truths import Plants

_RESTATED = 0.04
_PAUSED = 0.03


def store_ad_stats(
    connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, scale: float, plants: Plants
) -> None:
    """One row per day, campaign, ad group and keyword or ad; a corrected row comes twice, the later
    version with a later `updated_at`. Volumes grow with `scale`, the number of rows does not."""
    parts = [
        (number, part)
        for number, campaign in enumerate(channels.CAMPAIGNS)
        if plants.has_dead_channel or campaign.origin is not None
        for part in range(len(campaign.parts))
    ]
    campaign, part = (np.tile(column, DAYS) for column in np.array(parts).T)
    day = np.repeat(np.arange(DAYS), len(parts))
    size = len(day)
    runs = rng.random(size) >= _PAUSED
    busy = day_weights() / day_weights().mean()
    a_day = np.array([item.clicks / len(item.parts) for item in channels.CAMPAIGNS]) * scale
    clicks = rng.poisson(a_day[campaign] * busy[day]) * runs
    shown = np.array([item.shown for item in channels.CAMPAIGNS])[campaign]
    price = np.array([item.cpc for item in channels.CAMPAIGNS])[campaign]
    useful = np.array([0 if item.origin is None else 0.1 for item in channels.CAMPAIGNS])
    rows = {
        "date": day,
        "campaign": campaign,
        "part": part,
        "clicks": clicks,
        "impressions": clicks * shown + rng.poisson(shown * a_day[campaign]) * runs,
        "spend": np.round(clicks * price * rng.uniform(0.85, 1.15, size)).astype(np.int64),
        "conversions": rng.binomial(clicks, useful[campaign]),
        "updated_at": (day + 1) * DAY + 5 * 3_600,
    }
    rows = take(rows, rows["impressions"] > 0)
    _store(connection, _restated(rng, rows))


def _restated(rng: np.random.Generator, rows: Frame) -> Frame:
    """The rows and, below, the corrections: fewer clicks paid for, more conversions found."""
    chosen = rng.random(len(rows["date"])) < _RESTATED
    later = take(rows, chosen & (rows["date"] < DAYS - 12))
    size = len(later["date"])
    later |= {
        "clicks": later["clicks"] - later["clicks"] // 15,
        "spend": later["spend"] - later["spend"] // 15,
        "conversions": later["conversions"] + pick(rng, size, [5, 4, 1]),
        "updated_at": later["updated_at"] + rng.integers(2, 10, size) * DAY,
    }
    every = stack(rows, later)
    every["updated_at"] = np.minimum(every["updated_at"], END - 1)
    return every


def _store(connection: duckdb.DuckDBPyConnection, rows: Frame) -> None:
    group, keyword = (channels.part_case(of, "part") for of in ("group", "keyword"))
    store(
        connection,
        "ad_stats",
        rows,
        platform=channels.campaign_case("platform"),
        account_id=channels.campaign_case("account_id"),
        account_currency=channels.campaign_case("currency"),
        campaign_id=channels.campaign_case("campaign_id"),
        campaign_name=channels.campaign_case("name"),
        ad_group_id=group,
        ad_id=f"if({keyword} = '', {group} || '_1', null)",
        keyword=f"nullif({keyword}, '')",
        vat_included=f"{channels.campaign_case('platform')} = 'yandex_direct'",
    )
