"""Laws of attribution that hold for any deals and touches: every model credits each won deal once
and all of its money, to the touch that a plain loop over the touches finds too."""

from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODELS = ("int_attribution__paths", "fct_attribution_credit")
DAYS = {"b2c": 2, "b2b": 4, None: 2}

text, moment, flag = pa.string(), pa.timestamp("us"), pa.bool_()
TABLES = {
    "marts.fct_deal": pa.schema(
        [
            ("deal_id", text),
            ("customer_id", text),
            ("status", text),
            ("won_at", moment),
            ("amount_base", pa.decimal128(18, 2)),
            ("is_test", flag),
        ]
    ),
    "marts.dim_customer": pa.schema([("customer_id", text), ("segment", text)]),
    "intermediate.int_touchpoints__conformed": pa.schema(
        [
            ("touchpoint_id", text),
            ("occurred_at", moment),
            ("customer_id", text),
            ("channel", text),
            ("platform", text),
            ("campaign_id", text),
            ("is_direct", flag),
        ]
    ),
}

customers = st.sampled_from(["anna", "boris", "firm"])
# Few moments, so that touches and wins often fall together.
times = st.integers(0, 24).map(lambda n: datetime(2026, 3, 1) + timedelta(hours=6 * n))
deals = st.fixed_dictionaries(
    {
        "customer_id": customers,
        "status": st.sampled_from(["won", "won", "won", "lost", "open"]),
        "won_at": times,
        "amount_base": st.none() | st.decimals(0, 10**9, places=2),
        "is_test": st.sampled_from([False, False, False, True]),
    }
).map(lambda deal: deal if deal["status"] == "won" else deal | {"won_at": None})
touches = st.fixed_dictionaries(
    {
        "customer_id": st.none() | customers,
        "occurred_at": times,
        "channel": st.sampled_from(["direct", "direct", "email", "display", None]),
    }
).map(lambda touch: touch | {"is_direct": touch["channel"] == "direct"})


@pytest.fixture(scope="module")
def connection(compile_models):
    """A warehouse in memory: empty facts, the compiled models as views on them."""
    compiled = compile_models(*MODELS, window_days_b2c=DAYS["b2c"], window_days_b2b=DAYS["b2b"])
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema marts; create schema intermediate")
        for name, schema in TABLES.items():
            connection.register("rows", schema.empty_table())
            connection.execute(f"create table {name} as from rows")
        for name, sql in compiled:
            connection.execute(f"create view {name} as {sql}")
        yield connection


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    deals=st.lists(deals, max_size=8),
    touches=st.lists(touches, max_size=20),
    segments=st.fixed_dictionaries(
        {name: st.sampled_from(list(DAYS)) for name in ("anna", "boris", "firm")}
    ),
)
def test_each_model_credits_each_won_deal_once(connection, deals, touches, segments):
    deals = [deal | {"deal_id": f"d{number}"} for number, deal in enumerate(deals)]
    touches = [touch | {"touchpoint_id": f"t{number:02}"} for number, touch in enumerate(touches)]
    people = [{"customer_id": name, "segment": segment} for name, segment in segments.items()]
    for name, rows in zip(TABLES, (deals, people, touches), strict=True):
        connection.register("rows", pa.Table.from_pylist(rows, schema=TABLES[name]))
        connection.execute(f"truncate {name}; insert into {name} from rows")
    credits = connection.sql("from marts.fct_attribution_credit").fetchall()

    won = [deal for deal in deals if deal["status"] == "won" and not deal["is_test"]]
    for model in ("first_touch", "last_touch", "last_non_direct"):
        rows = [row for row in credits if row[0] == model]
        assert {row[1]: row[2] for row in rows} == {
            deal["deal_id"]: expected(model, path_of(deal, won, touches, segments)) for deal in won
        }
        assert len(rows) == len(won) and all(weight == 1 for *_, weight, _ in rows)
        assert sum(row[-1] or Decimal(0) for row in rows) == sum(
            deal["amount_base"] or Decimal(0) for deal in won
        )


def path_of(deal: dict, won: list[dict], touches: list[dict], segments: dict) -> list[dict]:
    """The touches of the deal's customer after his win before, within the window, in order."""
    customer, end = deal["customer_id"], deal["won_at"]
    start = end - timedelta(days=DAYS[segments[customer]])
    earlier = [
        other["won_at"]
        for other in won
        if other["customer_id"] == customer and other["won_at"] < end
    ]
    path = [
        touch
        for touch in touches
        if touch["customer_id"] == customer
        and touch["channel"]
        and start <= touch["occurred_at"] <= end
        and touch["occurred_at"] > max(earlier, default=datetime.min)
    ]
    return sorted(path, key=lambda touch: (touch["occurred_at"], touch["touchpoint_id"]))


def expected(model: str, path: list[dict]) -> str | None:
    """The id of the credited touch; None where the path is empty."""
    if not path:
        return None
    if model == "first_touch":
        return path[0]["touchpoint_id"]
    marked = [touch for touch in path if not touch["is_direct"]]
    return (path if model == "last_touch" else marked or path)[-1]["touchpoint_id"]
