"""What mart_manager_kpi says of a manager beside the peers, worked out once more deal by deal."""

import pandas as pd

from kits.recounts.managers import KEY, ZONE

_STRATUM = ["is_new_customer", "channel_group", "segment"]


def closed_deals(warehouse) -> pd.DataFrame:
    """One row per deal closed, with its manager, department, month and kind."""
    deals = warehouse.sql(
        """
        select deals.owner_id_at_close as manager_id, deals.final_closed_at, deals.is_new_customer,
            deals.status = 'won' as won,
            coalesce(dim_channel.channel_group, 'unknown') as channel_group,
            coalesce(dim_customer.segment, 'unknown') as segment,
            coalesce(dim_manager.department, 'unassigned') as department
        from marts.fct_deal as deals
        left join marts.fct_lead using (lead_id)
        left join marts.dim_channel using (channel)
        left join marts.dim_customer on deals.customer_id = dim_customer.customer_id
        left join marts.dim_manager on deals.owner_id_at_close = dim_manager.manager_id
        where deals.status <> 'open' and not deals.is_test and deals.deal_id not like 'order:%'
        """
    ).df()
    local = deals["final_closed_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    month = local.dt.to_period("M").dt.start_time
    return deals.assign(period_grain="month", period_start=month)


def expected_won(deals: pd.DataFrame) -> pd.DataFrame:
    """By manager and month from July 2025: expected wins at the rates of everybody else, index."""
    rows = []
    # A year is enough for every kind of deal, and quick.
    for _, group in deals[deals["period_start"] >= "2025-07"].groupby(
        ["department", "period_start"]
    ):
        for (manager, grain, start), own in group.groupby(KEY):
            peers = group[group["manager_id"] != manager]
            kinds = own.groupby(_STRATUM).size()
            expected = sum(
                count * _rate(peers, dict(zip(_STRATUM, kind, strict=True)))
                for kind, count in kinds.items()
            )
            index = own["won"].sum() / expected if expected else float("nan")
            rows.append((manager, grain, start, expected, index))
    return pd.DataFrame(rows, columns=[*KEY, "expected_won", "mix_index"]).set_index(KEY)


def _rate(peers: pd.DataFrame, deal: dict) -> float:
    """The peers' win rate among deals like this one, or the next wider kind they have any of."""
    for kind in (_STRATUM, _STRATUM[:1], []):
        alike = peers
        for column in kind:
            alike = alike[alike[column] == deal[column]]
        if len(alike):
            return alike["won"].mean()
    return float("nan")
