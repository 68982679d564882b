"""The whole demo company: 30 months of a fictional furniture seller."""

import duckdb
import numpy as np

from orchestration.sources.demo import (
    ads,
    call_legs,
    calls,
    contacts,
    deal_cards,
    deal_tables,
    deals,
    lead_table,
    leads,
    payments,
    people,
    plans,
    reference,
    touchpoints,
    truths,
)
from orchestration.sources.demo.frame import MISSING, Frame, stack, stream, take

_REPEATS_WITH_LEAD = 0.4

planted_truths = truths.planted_truths


def generate(connection: duckdb.DuckDBPyConnection, seed: int, scale: float) -> None:
    """Make one table per entity of `MADE`, with exactly its columns; times are naive UTC.

    The same seed and scale give the same rows in the same order. Scale 1 is about 20,000 leads,
    6,000 deals and 60,000 calls; people, campaigns, plans and rates do not grow with it.
    """
    dollar = reference.dollar(stream(seed, "dollar"))
    requests, orders, history = _market(seed, scale, dollar)
    cards = contacts.cards_of(stack(_card_rows(requests), _card_rows(orders)))
    talks = calls.all_calls(stream(seed, "calls"), requests, orders, scale)

    people.store_users(connection)
    reference.store_stages(connection)
    reference.store_fx_rates(connection, dollar)
    lead_table.store_leads(connection, requests)
    deal_tables.store_deals(connection, orders)
    deal_tables.store_stage_events(connection, stream(seed, "history"), history, orders)
    contacts.store_contacts(connection, cards)
    contacts.store_merges(connection, cards, requests, orders)
    call_legs.store_calls(connection, stream(seed, "legs"), talks)
    ads.store_ad_stats(connection, stream(seed, "ads"), scale)
    touchpoints.store_touchpoints(connection, stream(seed, "touches"), requests, orders)
    payments.store_payments(connection, stream(seed, "payments"), orders)
    plans.store_plans(connection, stream(seed, "plans"), orders, talks, dollar)


def _market(seed: int, scale: float, dollar: np.ndarray) -> tuple[Frame, Frame, Frame]:
    """Leads, deals and stage events that name each other by row; leads and deals in order of time,
    events in order of their deals."""
    requests = leads.first_requests(stream(seed, "leads"), scale)
    orders, history = deals.all_deals(stream(seed, "deals"), requests)
    orders = deal_cards.with_money(stream(seed, "money"), orders, dollar)

    rng = stream(seed, "repeats")
    chosen = rng.random(len(orders["lead"])) < _REPEATS_WITH_LEAD
    rows = np.flatnonzero(chosen & (orders["lead"] == MISSING) & (orders["chance"] < 1))
    orders["lead"][rows] = len(requests["owner"]) + np.arange(len(rows))
    requests = stack(requests, leads.repeat_requests(rng, take(orders, rows)))

    requests, lead_rows = _in_order(leads.with_twins(rng, requests))
    orders, deal_rows = _in_order(deal_cards.with_twins(rng, orders))
    orders["lead"] = _renamed(orders["lead"], lead_rows)
    orders["deal"] = np.arange(len(orders["lead"]))
    requests["lead"] = np.arange(len(requests["owner"]))
    requests["deal"] = np.full(len(requests["lead"]), MISSING)
    from_lead = orders["lead"] != MISSING
    requests["deal"][orders["lead"][from_lead]] = orders["deal"][from_lead]
    history["deal"] = deal_rows[history["deal"]]
    return requests, orders, take(history, np.lexsort((history["step"], history["deal"])))


def _in_order(records: Frame) -> tuple[Frame, np.ndarray]:
    """The records by time of birth, and the new row of each old one."""
    order = np.argsort(records["created_at"], kind="stable")
    new_rows = np.empty(len(order), dtype=np.int64)
    new_rows[order] = np.arange(len(order))
    records = take(records, order)
    return records | {"twin_of": _renamed(records["twin_of"], new_rows)}, new_rows


def _renamed(rows: np.ndarray, new_rows: np.ndarray) -> np.ndarray:
    return np.where(rows == MISSING, MISSING, new_rows[rows])


def _card_rows(records: Frame) -> Frame:
    return {name: records[name] for name in ("card", "person", "segment", "created_at")}
