"""Laws of attribution that hold for any deals and touches: every model credits each won deal once
and all of its money, to the touches and by the weights that plain loops find too."""

from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.recounts.attribution import removal_effects, weights

DAYS = {"b2c": 2, "b2b": 4, None: 2}
HALF_LIVES = {"b2c": 1, "b2b": 3, None: 1}
CENT = Decimal("0.01")
CREDITED = (
    *("first_touch", "last_touch", "last_non_direct"),
    *("linear", "position_based", "time_decay", "markov"),
)

text, moment, flag = pa.string(), pa.timestamp("us"), pa.bool_()
TABLES = {
    "intermediate.int_deals__conformed": pa.schema(
        [
            ("deal_id", text),
            ("customer_id", text),
            ("lead_id", text),
            ("created_at", moment),
            ("status", text),
            ("won_at", moment),
            ("amount_base", pa.decimal128(38, 10)),
            ("is_test", flag),
        ]
    ),
    "intermediate.int_leads__surviving": pa.schema([("lead_id", text), ("created_at", moment)]),
    "intermediate.int_customers__described": pa.schema([("customer_id", text), ("segment", text)]),
    "intermediate.int_touchpoints__conformed": pa.schema(
        [
            ("touchpoint_id", text),
            ("occurred_at", moment),
            ("customer_id", text),
            ("lead_id", text),
            ("is_lead_birth", flag),
            ("channel", text),
            ("platform", text),
            ("campaign_id", text),
            ("is_direct", flag),
            ("is_test", flag),
        ]
    ),
}

customers = st.sampled_from(["anna", "boris", "firm"])
# Few moments, so that touches and wins often fall together.
times = st.integers(0, 24).map(lambda n: datetime(2026, 3, 1) + timedelta(hours=6 * n))
deals = st.fixed_dictionaries(
    {
        "customer_id": customers,
        # The lead `gone` was never delivered.
        "lead_id": st.sampled_from([None, "l0", "l1", "gone"]),
        "created_at": times,
        "status": st.sampled_from(["won", "won", "won", "lost", "open"]),
        "won_at": times,
        "amount_base": st.none() | st.decimals(0, 10**9, places=2) | st.decimals(0, 1, places=4),
        "is_test": st.sampled_from([False, False, False, True]),
    }
).map(lambda deal: deal if deal["status"] == "won" else deal | {"won_at": None})
touches = st.fixed_dictionaries(
    {
        "customer_id": st.none() | customers,
        "lead_id": st.sampled_from([None, None, "l0", "l1"]),
        "occurred_at": times,
        "channel": st.sampled_from(["direct", "direct", "email", "display", None]),
    }
).map(lambda touch: touch | {"is_direct": touch["channel"] == "direct"})


@pytest.fixture(scope="module")
def connection(compile_models):
    """A warehouse in memory: empty facts, the compiled models as views on them."""
    compiled = compile_models(
        "fct_attribution_credit",
        given=TABLES,
        window_days_b2c=DAYS["b2c"],
        window_days_b2b=DAYS["b2b"],
        decay_half_life_days_b2c=HALF_LIVES["b2c"],
        decay_half_life_days_b2b=HALF_LIVES["b2b"],
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema marts; create schema intermediate")
        for name, schema in TABLES.items():
            connection.register("rows", schema.empty_table())
            connection.execute(f"create table {name} as from rows")
        for name, sql in compiled:
            connection.execute(f"create view {name} as {sql}")
        yield connection


@given(
    deals=st.lists(deals, max_size=8),
    touches=st.lists(touches, max_size=20),
    segments=st.fixed_dictionaries(
        {name: st.sampled_from(list(DAYS)) for name in ("anna", "boris", "firm")}
    ),
    born=st.fixed_dictionaries({"l0": times, "l1": times}),
)
def test_each_model_credits_each_won_deal_once(connection, deals, touches, segments, born):
    deals = [deal | {"deal_id": f"d{number}"} for number, deal in enumerate(deals)]
    touches = [touch | {"touchpoint_id": f"t{number:02}"} for number, touch in enumerate(touches)]
    births = births_of(touches, born)
    touches = [touch | {"is_lead_birth": touch["touchpoint_id"] in births} for touch in touches]
    tests = [touch | {"touchpoint_id": "test", "is_test": True} for touch in touches[:1]]
    touches = [touch | {"is_test": False} for touch in touches]
    people = [{"customer_id": name, "segment": segment} for name, segment in segments.items()]
    leads = [{"lead_id": lead, "created_at": moment} for lead, moment in born.items()]
    for name, rows in zip(TABLES, (deals, leads, people, touches + tests), strict=True):
        connection.register("rows", pa.Table.from_pylist(rows, schema=TABLES[name]))
        connection.execute(f"truncate {name}; insert into {name} from rows")
    credits = connection.sql(
        """
        select attribution_model, deal_id, touchpoint_id, weight, credited_revenue
        from marts.fct_attribution_credit order by position
        """
    ).fetchall()

    won = [deal for deal in deals if deal["status"] == "won" and not deal["is_test"]]
    assert {row[:2] for row in credits} == {
        (model, deal["deal_id"]) for model in CREDITED for deal in won
    }
    paths = {deal["deal_id"]: path_of(deal, won, touches, segments, born) for deal in won}
    effects = removal_effects(
        *(
            [[touch["channel"] for touch in path] for path in group]
            for group in (paths.values(), paths_without_a_win(won, touches, segments))
        )
    )
    for deal in won:
        path = paths[deal["deal_id"]]
        half_life = HALF_LIVES[segments[deal["customer_id"]]]
        for model in CREDITED:
            rows = [row[2:] for row in credits if row[:2] == (model, deal["deal_id"])]
            shares = {touch: weight for touch, weight, _ in rows}
            assert len(shares) == len(rows)
            assert shares == pytest.approx(expected(model, path, half_life, effects), abs=1e-10)
            assert_money_is_shared(deal["amount_base"], rows)


def assert_money_is_shared(amount: Decimal | None, rows: list[tuple]) -> None:
    """All of the amount and no more, each touch within a cent of its weight."""
    if amount is None:
        assert {money for *_, money in rows} == {None}
        return
    assert sum(money for *_, money in rows) == amount
    for _, weight, money in rows:
        assert money >= 0
        assert abs(money - amount * Decimal(weight)) <= CENT


def births_of(touches: list[dict], born: dict[str, datetime]) -> set[str]:
    """Of each lead the last touch that names it, up to a day after its creation."""
    births = {}
    for touch in sorted(touches, key=in_time):
        lead = touch["lead_id"]
        if lead and touch["channel"] and touch["occurred_at"] <= born[lead] + timedelta(days=1):
            births[lead] = touch["touchpoint_id"]
    return set(births.values())


def in_time(touch: dict) -> tuple[datetime, str]:
    return touch["occurred_at"], touch["touchpoint_id"]


def path_of(
    deal: dict, won: list[dict], touches: list[dict], segments: dict, born: dict[str, datetime]
) -> list[dict]:
    """The touches of the deal's customer after the win before, within the window, in order, and
    the birth of the deal's lead."""
    customer, end = deal["customer_id"], deal["won_at"]
    start = min(end, born.get(deal["lead_id"], deal["created_at"]))
    start -= timedelta(days=DAYS[segments[customer]])
    earlier = [
        other["won_at"]
        for other in won
        if other["customer_id"] == customer and other["won_at"] < end
    ]
    path = [
        touch
        for touch in touches
        if touch["customer_id"]
        and touch["channel"]
        and (
            (
                touch["customer_id"] == customer
                and start <= touch["occurred_at"] <= end
                and touch["occurred_at"] > max(earlier, default=datetime.min)
            )
            or (touch["is_lead_birth"] and touch["lead_id"] == deal["lead_id"])
        )
    ]
    return sorted(path, key=in_time)


def paths_without_a_win(won: list[dict], touches: list[dict], segments: dict) -> list[list[dict]]:
    """The path of each customer who never won: what the window before the birth of the last lead
    holds, or before the last touch, and what came after."""
    paths = []
    for customer in segments.keys() - {deal["customer_id"] for deal in won}:
        own = [touch for touch in touches if touch["customer_id"] == customer and touch["channel"]]
        births = [touch for touch in own if touch["is_lead_birth"]]
        last = max((touch["occurred_at"] for touch in births or own), default=datetime.min)
        start = last - timedelta(days=DAYS[segments[customer]]) if own else last
        path = [touch for touch in own if touch["occurred_at"] >= start]
        paths.append(sorted(path, key=in_time))
    return paths


def expected(
    model: str, path: list[dict], half_life: float, effects: dict[str, float] | None
) -> dict[str | None, float]:
    """The weight of each credited touch; all for None where the path is empty."""
    if not path:
        return {None: 1}
    shares = weights(
        model, [(touch["occurred_at"], touch["channel"]) for touch in path], half_life, effects
    )
    ids = [touch["touchpoint_id"] for touch in path]
    return {touch: share for touch, share in zip(ids, shares, strict=True) if share > 0}
