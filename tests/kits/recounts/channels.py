"""mart_channel_conversion counted a second time: pandas for sums, a plain loop for attribution."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pandas as pd

KEY = ["date", "channel", "platform", "campaign_id"]
ZONE = "Europe/Moscow"
WINDOW = defaultdict(lambda: timedelta(days=30), b2b=timedelta(days=90))
RATE_LIVES = pd.Timedelta(days=10)


def recount(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every count and sum of the mart, indexed by its key; what a row has nothing of is 0."""
    paths = _paths(tables)
    credits = _credits(tables, paths)
    events = pd.concat([credits, _refunds(tables, credits)]).drop(columns="deal_id")
    parts = [
        _ads(tables),
        _leads(tables),
        events.drop(columns="cohort_date"),
        events.drop(columns="date")
        .rename(columns={"cohort_date": "date"})
        .rename(columns=lambda name: name if name in KEY else f"cohort_{name}"),
        _assists(tables, paths),
    ]
    platforms = tables["dim_campaign"].drop_duplicates("campaign_id")
    platforms = platforms.set_index("campaign_id")["platform"]
    together = pd.concat(parts, ignore_index=True)
    together["campaign_id"] = together["campaign_id"].fillna("(none)")
    together["platform"] = together["campaign_id"].map(platforms).fillna("(none)")
    return together.groupby(KEY).sum().astype(float)


def _local_date(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()


def _without_vat(day: pd.Timestamp, spend: Decimal, vat_included: bool) -> Decimal:
    """What is left of a spend at the Russian rate of VAT of its day."""
    if not vat_included:
        return spend
    rate = Decimal("1.22") if day.year >= 2026 else Decimal("1.20")
    return spend / rate


def _in_base(rows: pd.DataFrame, amount: str, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The amounts in roubles at the last rate published up to `date`."""
    rates = tables["fx_rates"].sort_values("date")[["date", "currency", "rate_to_base"]]
    dated = rows[["date", "currency", amount]].reset_index().sort_values("date")
    dated["date"] = dated["date"].astype(rates["date"].dtype)
    found = pd.merge_asof(dated, rates, on="date", by="currency", tolerance=RATE_LIVES)
    rate = found["rate_to_base"].where(found["currency"] != "RUB", Decimal(1))
    product = [
        None if pd.isna(of) or pd.isna(at) else Decimal(of) * Decimal(at)
        for of, at in zip(found[amount], rate, strict=True)
    ]
    return pd.Series(product, index=found["index"]).reindex(rows.index)


def _ads(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = tables["ad_stats"].rename(columns={"account_currency": "currency"})
    names = tables["dim_campaign"].drop_duplicates("campaign_id").set_index("campaign_id")
    rows["channel"] = rows["campaign_id"].map(names["channel"])
    rows["spend"] = [
        _without_vat(*row)
        for row in zip(rows["date"], rows["spend"], rows["vat_included"], strict=True)
    ]
    rows["spend"] = _in_base(rows, "spend", tables)
    return rows[["date", "channel", "campaign_id", "impressions", "clicks", "spend"]]


def _leads(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    leads = tables["fct_lead"].query("not is_test and not is_spam").copy()
    leads["date"] = _local_date(leads["created_at"])
    leads["leads"] = 1
    leads["qualified_leads"] = leads["qualified_at"].notna().astype(int)
    return leads[["date", "channel", "campaign_id", "leads", "qualified_leads"]]


def _won(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["fct_deal"].query("status == 'won' and not is_test")


def _paths(tables: dict[str, pd.DataFrame]) -> dict[str, list[tuple]]:
    """The touches that led to each won deal, in their order: (channel, campaign) each."""
    touches = tables["fct_touchpoint"].query("channel != 'unattributed'")
    touches = touches.sort_values(["occurred_at", "touchpoint_id"])
    columns = ["customer_id", "lead_id", "occurred_at", "touchpoint_id", "channel", "campaign_id"]
    born = dict(tables["fct_lead"][["lead_id", "created_at"]].itertuples(index=False))
    of_customer, wins, births = defaultdict(list), defaultdict(list), {}
    for customer, lead_id, *touch in touches[columns].itertuples(index=False, name=None):
        of_customer[customer].append(touch)
        if lead_id in born and touch[0] <= born[lead_id] + pd.Timedelta(days=1):
            births[lead_id] = touch
    deals = _won(tables)[["customer_id", "won_at", "deal_id", "lead_id", "created_at"]]
    for customer, *win in deals.itertuples(index=False, name=None):
        wins[customer].append(win)
    segments = dict(tables["dim_customer"][["customer_id", "segment"]].itertuples(index=False))
    paths = {}
    for customer, own in wins.items():
        for won_at, deal_id, lead_id, created_at in own:
            start = min(won_at, born.get(lead_id, created_at)) - WINDOW[segments[customer]]
            earlier = max((other for other, *_ in own if other < won_at), default=pd.Timestamp.min)
            path = {
                touch[1]: touch
                for touch in of_customer[customer]
                if start <= touch[0] <= won_at and touch[0] > earlier
            }
            if lead_id in births:
                path[births[lead_id][1]] = births[lead_id]
            in_order = sorted(path.values(), key=lambda touch: touch[:2])
            paths[deal_id] = [tuple(touch[2:]) for touch in in_order]
    return paths


def _credits(tables: dict[str, pd.DataFrame], paths: dict[str, list[tuple]]) -> pd.DataFrame:
    """One row per won deal, credited to its last touch that is not direct."""
    deals = _won(tables).set_index("deal_id")
    born = tables["fct_lead"].set_index("lead_id")["created_at"]
    born = deals["lead_id"].map(born).fillna(deals["created_at"])
    deals["date"] = _local_date(deals["won_at"])
    deals["cost"] = tables["deals"].set_index("deal_id")["cost"].reindex(deals.index)
    deals = deals.reset_index()
    cost = _in_base(deals, "cost", tables)
    revenue = deals["amount_base"].astype(float)
    profit = revenue - cost.astype(float)
    segment = deals["customer_id"].map(tables["dim_customer"].set_index("customer_id")["segment"])
    segment = segment.fillna("unknown")
    known = profit.notna()
    margin = profit[known].groupby(segment).sum() / revenue[known].groupby(segment).sum()
    credited = [_credited(paths[deal_id]) for deal_id in deals["deal_id"]]
    return pd.DataFrame(
        {
            "deal_id": deals["deal_id"],
            "date": deals["date"],
            "cohort_date": _local_date(born).to_numpy(),
            "channel": [channel for channel, _ in credited],
            "campaign_id": [campaign for _, campaign in credited],
            "won": 1,
            "new_customers": deals["is_new_customer"].astype(int),
            "won_amount": revenue,
            "revenue": revenue,
            "gross_profit": profit,
            "covered_revenue": revenue.where(known, 0),
            "estimated_profit": profit.fillna(revenue * segment.map(margin)),
        }
    )


def _refunds(tables: dict[str, pd.DataFrame], credits: pd.DataFrame) -> pd.DataFrame:
    """One row per refund of a won deal: taken off where the deal is credited, on its own day."""
    refunds = tables["fct_payment"].query("is_refund")[["deal_id", "paid_at", "amount_base"]]
    rows = credits.merge(refunds, on="deal_id")
    rows["date"] = _local_date(rows["paid_at"])
    rows[["won", "new_customers", "won_amount"]] = 0
    rows["revenue"] = -rows["amount_base"].astype(float)
    known = rows["gross_profit"].notna()
    rows["gross_profit"] = rows["revenue"].where(known)
    rows["covered_revenue"] = rows["revenue"].where(known, 0)
    rows["estimated_profit"] = rows["revenue"]
    return rows.drop(columns=["paid_at", "amount_base"])


def _credited(path: list[tuple]) -> tuple[str, str | None]:
    marked = [touch for touch in path if touch[0] != "direct"]
    return (marked or path or [("unattributed", None)])[-1]


def _assists(tables: dict[str, pd.DataFrame], paths: dict[str, list[tuple]]) -> pd.DataFrame:
    """One row per deal and channel of its path that was not its last, at its latest campaign."""
    dates = _local_date(_won(tables).set_index("deal_id")["won_at"])
    found = []
    for deal_id, path in paths.items():
        latest = dict(path)
        if path:
            latest.pop(path[-1][0])
        found += [(dates[deal_id], channel, campaign, 1) for channel, campaign in latest.items()]
    return pd.DataFrame(found, columns=["date", "channel", "campaign_id", "assisted_conversions"])
