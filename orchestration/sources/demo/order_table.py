"""Orders and their lines as the shops deliver them."""

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.sources.demo import channels, goods
from orchestration.sources.demo.contacts import CITIES, client, email, phone
from orchestration.sources.demo.frame import MISSING, Frame, key, labels, moment, stack, store, take
from orchestration.sources.demo.order_life import STATUSES, TIMES, steps_of

# What an earlier night cannot tell from the orders alone: which status they had then.
STEPS = "order_steps"


def store_orders(connection: duckdb.DuckDBPyConnection, orders: Frame) -> None:
    """One row per order and version: some are delivered twice, the later one with a later
    `updated_at`. Also `STEPS`: when each order came to each of its statuses."""
    steps = steps_of(orders)
    orders = orders | {"number": np.arange(len(orders["shop"]))}
    last = np.append(np.diff(steps["order"]) > 0, True)
    now = orders | {"status": steps["status"][last], "changed_at": steps["at"][last]}
    versions = stack(_seen_before(now), now)
    _store(connection, take(versions, np.argsort(versions["number"], kind="stable")))
    told = {
        "number": steps["order"],
        "status": labels(steps["status"], STATUSES),
        "since": steps["at"],
    }
    columns = f"{key('O', 'number')} as order_id, status, {moment('since')} as changed_at"
    connection.from_arrow(pa.table(told)).project(columns).create(STEPS)


def _seen_before(orders: Frame) -> Frame:
    """The earlier versions of the orders that are delivered twice."""
    seen = orders["seen_at"]
    begun = np.stack([orders[name] for name in TIMES])[np.maximum(seen, 0), orders["number"]]
    before = take(
        orders | {"status": seen, "seen": begun},
        (seen != MISSING) & (begun != MISSING) & (begun < orders["changed_at"]),
    )
    for name in TIMES:
        before[name] = np.where(before[name] <= before["seen"], before[name], MISSING)
    before["changed_at"] = before.pop("seen")
    return before


def _store(connection: duckdb.DuckDBPyConnection, orders: Frame) -> None:
    told = "card >= 0 and not unnamed"
    site, social = f"shop_no = {goods.SITE}", f"shop_no = {goods.SOCIAL}"
    # Most browsers are known; one marketplace numbers most of its buyers.
    buyer = "format('m1-{:06d}', person + 1)"
    store(
        connection,
        "orders",
        orders
        | {
            "shop_no": orders["shop"],
            "shop": labels(orders["shop"], goods.SHOPS),
            "status": labels(orders["status"], STATUSES),
            "status_changed_at": orders["changed_at"],
            "updated_at": orders["changed_at"],
        },
        order_id=key("O", "number"),
        contact_id=f"if({told}, {key('K', 'card')}, null)",
        phone=f"""case when {site} or ({social} and luck % 10 < 6)
            then {phone("person", "style")} end""",
        email=f"if({site} and luck % 10 >= 3, {email('person', 'style')}, null)",
        messenger=f"if({social} and luck % 10 >= 4, '@client' || person, null)",
        client_id=f"""case
            when {site} and luck % 10 < 8 then {client("person")}
            when shop_no = {goods.MARKET_ONE} and luck % 10 < 6 then {buyer} end""",
        utm_source=channels.origin_case("utm_source"),
        utm_medium=channels.origin_case("utm_medium"),
        utm_campaign=channels.campaign_case("campaign_id"),
        utm_content=channels.part_case("group", "luck"),
        utm_term=f"nullif({channels.part_case('keyword', 'luck')}, '')",
        lead_id=f"if(unnamed, null, {key('L', 'lead')})",
        deal_id=f"if(unnamed, null, {key('D', 'deal')})",
        city=f"if(luck % 12 = 0, null, {CITIES}[1 + (person % {len(CITIES)})::integer])",
        currency="if(usd, 'USD', 'RUB')",
    )


def store_lines(connection: duckdb.DuckDBPyConnection, orders: Frame, lines: Frame) -> None:
    """One row per line; `updated_at` is when it was ordered or came back."""
    order = lines["order"]
    back_at = np.maximum(orders["returned_at"], orders["part_returned_at"])[order]
    ordered_at = orders["created_at"][order]
    store(
        connection,
        "order_lines",
        lines
        | {
            "number": order,
            "returned_quantity": lines["returned"],
            "updated_at": np.where(lines["returned"] > 0, back_at, ordered_at),
        },
        order_id=key("O", "number"),
        product_id=goods.product_id("product"),
    )
