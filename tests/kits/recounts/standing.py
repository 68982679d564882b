"""Contacts with the clients of deals and leads, and what was open on a day, counted a second time
in pandas from the star of the demo company."""

import pandas as pd
from duckdb import DuckDBPyConnection

ZONE, LOW_N = "Europe/Moscow", 30


def business_day(times: pd.Series) -> pd.Series:
    return times.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()


def real_deals(warehouse: DuckDBPyConnection) -> pd.DataFrame:
    """Deals that are no tests, open or with a time of their close, with their days."""
    rows = warehouse.sql(
        "select deal.*, coalesce(segment, 'unknown') as segment, city from marts.fct_deal as deal"
        " left join marts.dim_customer using (customer_id)"
        " where not deal.is_test and deal_id not like 'order:%'"
    ).df()
    rows["opened"], rows["ended"] = (
        business_day(rows["created_at"]),
        business_day(rows["final_closed_at"]),
    )
    is_open = rows["status"] == "open"
    rows["manager_id"] = rows["owner_id_current"].where(is_open, rows["owner_id_at_close"])
    return rows[is_open | rows["ended"].notna()]


def real_leads(warehouse: DuckDBPyConnection) -> pd.DataFrame:
    """Leads that are neither tests nor spam, open or with a time of their end, with their days."""
    rows = warehouse.sql(
        "select lead.*, coalesce(customer.segment, 'unknown') as norm_segment, first_won_at"
        " from marts.fct_lead as lead left join marts.dim_customer as customer using (customer_id)"
        " where not lead.is_test and not is_spam and lead_id not like 'order:%'"
    ).df()
    rows["opened"] = business_day(rows["created_at"])
    ends = rows[["converted_at", "lost_at", "won_at"]].min(axis=1)
    rows["ended"] = business_day(ends)
    return rows[(rows["status"] == "open") | ends.notna()]


def contacts(warehouse: DuckDBPyConnection) -> pd.DataFrame:
    """Calls that were answered and messages that people wrote."""
    rows = warehouse.sql(
        """
        select started_at as at, manager_id, customer_id, deal_id, lead_id from marts.fct_call
        where status = 'answered' and not is_test
        union all
        select sent_at, manager_id, customer_id, deal_id, lead_id from marts.fct_message
        where not is_automatic and not is_test
        """
    ).df()
    rows["day"] = business_day(rows["at"])
    return rows


def touched_records(
    warehouse: DuckDBPyConnection, talks: pd.DataFrame, deals: pd.DataFrame, leads: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """By type of record: record, segment, manager, when it was open, and a day of contact."""
    first_deals = warehouse.sql("select lead_id, deal_id from marts.fct_lead").df()
    named = talks.merge(first_deals, on="lead_id", how="left", suffixes=("", "_of_lead"))
    named["deal_id"] = named["deal_id"].fillna(named["deal_id_of_lead"])
    unnamed = named[
        named["deal_id"].isna() & named["lead_id"].isna() & named["customer_id"].notna()
    ]
    found = {}
    for kind, records in (("deal", deals), ("lead", leads.assign(segment=leads["norm_segment"]))):
        key = f"{kind}_id"
        days = pd.concat(
            [
                named.loc[named[key].notna(), [key, "day"]],
                records[[key, "customer_id"]].merge(unnamed[["customer_id", "day"]])[[key, "day"]],
            ]
        ).drop_duplicates()
        both = records.merge(days, on=key, how="left")
        while_open = (both["day"] >= both["opened"]) & ~(both["day"] > both["ended"])
        found[kind] = both.assign(day=both["day"].where(while_open), record_id=both[key])
    return found


def contact_norms(touched: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Median days between the contacts of won deals, by segment."""
    won = touched["deal"].query("status == 'won' and day.notna()").sort_values(["record_id", "day"])
    gaps = won.groupby("record_id")["day"].diff().dt.days.rename("gap")
    known = pd.concat([won["segment"], gaps], axis=1).dropna()
    counts, medians = known.groupby("segment")["gap"].agg(["count", "median"]).T.values
    of_all = known["gap"].median()
    return {"unknown": of_all} | {
        segment: median if count >= LOW_N else of_all
        for segment, count, median in zip(
            sorted(known["segment"].unique()), counts, medians, strict=True
        )
    }


def standing(touched: pd.DataFrame, norms: dict[str, float], day: pd.Timestamp) -> pd.DataFrame:
    """What was open at the end of a day: the days since its last contact, and whether it has
    waited for longer than the norm."""
    was_open = (touched["opened"] <= day) & ~(touched["ended"] <= day)
    rows = touched[was_open].assign(day=touched["day"].where(touched["day"] <= day))
    last = rows.groupby("record_id")["day"].max()
    rows = rows.drop(columns="day").drop_duplicates("record_id").set_index("record_id")
    last = last.reindex(rows.index)
    rows["since"] = (day - last).dt.days
    waited = (day - last.fillna(rows["opened"])).dt.days
    return rows.assign(is_silent=waited > rows["segment"].map(norms))
