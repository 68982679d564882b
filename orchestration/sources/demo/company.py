"""The whole demo company: 30 months of a fictional furniture seller."""

import duckdb
import numpy as np

from orchestration.sources.demo import (
    absences,
    ads,
    call_legs,
    calls,
    contacts,
    deal_cards,
    deal_tables,
    deals,
    delays,
    external_events,
    forgotten,
    lead_table,
    leads,
    message_table,
    messages,
    payments,
    people,
    plans,
    reference,
    shops,
    tasks,
    touchpoints,
    truths,
)
from orchestration.sources.demo.frame import MISSING, Frame, stack, stream, take
from orchestration.sources.demo.truths import PLANTED, Plants

_REPEATS_WITH_LEAD = 0.4

planted_truths = truths.planted_truths


def generate(
    connection: duckdb.DuckDBPyConnection, seed: int, scale: float, plants: Plants = PLANTED
) -> None:
    """Make one table per entity of `MADE`, with exactly its columns; times are naive UTC.

    The same seed, scale and plants give the same rows in the same order. Scale 1 is about 20,000
    leads, 6,000 deals, 60,000 calls, 45,000 messages, 20,000 tasks and 6,500 orders in shops;
    people, campaigns, plans, rates, absences, external events, products and the days of their stock
    do not grow with it.
    """
    dollar = reference.dollar(stream(seed, "dollar"))
    requests, orders, history = _market(seed, scale, dollar, plants)
    cards = contacts.cards_of(stack(_card_rows(requests), _card_rows(orders)))
    talks = calls.all_calls(stream(seed, "calls"), requests, orders, scale, plants)
    off = absences.all_absences(stream(seed, "absences"))
    away = absences.days_to_return(off)
    stand_ins = absences.stand_ins(away)
    late, late_history = delays.with_delays(stream(seed, "late"), orders, history, away, plants)
    late, late_history = forgotten.with_forgotten_lost(
        stream(seed, "forgotten"), late, late_history
    )
    late = delays.with_price_losses(stream(seed, "price"), late, plants)
    letters = messages.all_messages(stream(seed, "messages"), requests, late, stand_ins, plants)
    steps = tasks.all_tasks(stream(seed, "tasks"), requests, late, late_history)
    paid = payments.all_payments(stream(seed, "payments"), late)

    people.store_users(connection)
    reference.store_stages(connection)
    reference.store_fx_rates(connection, dollar)
    lead_table.store_leads(connection, requests)
    deal_tables.store_deals(connection, late)
    deal_tables.store_stage_events(connection, stream(seed, "history"), late_history, late)
    contacts.store_contacts(connection, cards)
    contacts.store_merges(connection, cards, requests, orders)
    call_legs.store_calls(
        connection,
        stream(seed, "legs"),
        absences.with_stand_ins_at_calls(stream(seed, "stand-ins"), talks, stand_ins),
    )
    ads.store_ad_stats(connection, stream(seed, "ads"), scale, plants)
    touchpoints.store_touchpoints(connection, stream(seed, "touches"), requests, orders)
    payments.store_payments(connection, paid)
    message_table.store_messages(connection, letters)
    tasks.store_tasks(connection, steps)
    absences.store_absences(connection, off)
    external_events.store_events(
        connection, external_events.all_events(stream(seed, "external_events"))
    )
    market = (requests, late, paid, cards)
    sold = shops.store_shops(connection, seed, scale, market, dollar, plants)
    plans.store_plans(connection, stream(seed, "plans"), late, talks, dollar, sold, plants)


def _market(
    seed: int, scale: float, dollar: np.ndarray, plants: Plants
) -> tuple[Frame, Frame, Frame]:
    """Leads, deals and stage events that name each other by row; leads and deals in order of time,
    events in order of their deals."""
    requests = leads.first_requests(stream(seed, "leads"), scale, plants)
    orders, history = deals.all_deals(stream(seed, "deals"), requests, plants)
    orders = deal_cards.with_money(stream(seed, "money"), orders, dollar)

    rng = stream(seed, "repeats")
    chosen = rng.random(len(orders["lead"])) < _REPEATS_WITH_LEAD
    rows = np.flatnonzero(chosen & (orders["lead"] == MISSING) & (orders["chance"] < 1))
    orders["lead"][rows] = len(requests["owner"]) + np.arange(len(rows))
    requests = stack(requests, leads.repeat_requests(rng, take(orders, rows), plants))

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
