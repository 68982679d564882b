"""The marts of what moves through the funnels, counted a second time on the demo company: each
deal's life is told visit by visit, and what stands open is looked up on every day."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

ZONE, AS_OF, GRAINS = "Europe/Moscow", date(2026, 6, 30), {"day": "D", "week": "W", "month": "M"}
FLOWS = ["created", "moved_in", "moved_out", "won", "lost", "reopened"]


@pytest.fixture(scope="module")
def visits(warehouse) -> pd.DataFrame:
    """Visits of real deals with the days they began and ended, in the order of their lives."""
    rows = warehouse.sql(
        """
        select visit.*, round(deal.amount_base, 2) as amount_base, deal.status,
            deal.created_at, deal.has_history,
            coalesce(deal.owner_id_at_close, deal.owner_id_current, 'unassigned') as manager_id,
            replace(stage.semantics, 'post_won', 'won') as outcome
        from marts.fct_deal_stage_visit as visit
        join marts.fct_deal as deal using (deal_id)
        join marts.dim_stage as stage
            on visit.pipeline_id = stage.pipeline_id and visit.stage_id = stage.stage_id
        where not deal.is_test order by deal_id, visit_no
        """
    ).df()
    for moment in ("created", "entered", "exited"):
        local = rows[f"{moment}_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
        rows[f"{moment}_on"] = local.dt.tz_localize(None).dt.normalize()
    return rows


def test_entries_exits_and_open_deals(warehouse, visits):
    mart = warehouse.sql("from marts.mart_funnel_period").df()
    key = ["pipeline_id", "stage_id", "period_start"]
    for grain, letter in GRAINS.items():
        rows = mart[mart["period_grain"] == grain].set_index(key).sort_index()
        counted = {
            f"{name}_count": visits.assign(
                period_start=visits[f"{moment}_on"].dt.to_period(letter).dt.start_time
            )
            .dropna(subset=f"{moment}_on")
            .groupby(key)
            .size()
            for name, moment in (("entries", "entered"), ("exits", "exited"))
        }
        for name, counts in counted.items():
            expected = counts.reindex(rows.index, fill_value=0)
            assert expected.sum() == counts.sum()
            assert rows[name].tolist() == expected.tolist()
        for start in rows.index.unique("period_start")[:: 100 if grain == "day" else 1]:
            end = min(start.to_period(letter).end_time.normalize(), pd.Timestamp(AS_OF))
            standing = visits[
                (visits["outcome"] == "open")
                & (visits["entered_on"] <= end)
                & ~(visits["exited_on"] <= end)
            ].groupby(key[:2])["amount_base"]
            seen = rows.xs(start, level="period_start")
            assert seen["open_at_end_count"].sum() == standing.size().sum()
            for name, expected in (
                ("open_at_end_count", standing.size()),
                ("open_at_end_amount", standing.sum()),
            ):
                pd.testing.assert_series_equal(
                    seen[name].astype(float),
                    expected.reindex(seen.index, fill_value=0).astype(float),
                    check_names=False,
                    atol=1e-6,
                )


def test_period_conversion_is_entries_to_entries(warehouse):
    mart = warehouse.sql(
        """
        select period.*, semantics from marts.mart_funnel_period as period
        join marts.dim_stage as stage
            on period.pipeline_id = stage.pipeline_id and period.stage_id = stage.stage_id
        order by period.pipeline_id, period_grain, period_start, period.stage_order
        """
    ).df()
    steps = mart[mart["semantics"] != "lost"]
    following = steps.groupby(["pipeline_id", "period_grain", "period_start"])["entries_count"]
    expected = following.shift(-1) / steps["entries_count"].where(steps["entries_count"] > 0)
    assert steps["period_conversion"].notna().any()
    pd.testing.assert_series_equal(steps["period_conversion"], expected, check_names=False)
    assert mart.loc[mart["semantics"] == "lost", "period_conversion"].isna().all()


def test_transitions_are_pairs_of_visits(warehouse, visits):
    later = visits.groupby("deal_id")[["pipeline_id", "stage_id", "entered_on"]].shift(-1)
    moves = visits.assign(
        from_stage_id=visits["stage_id"], to_stage_id=later["stage_id"], on=later["entered_on"]
    )[(later["pipeline_id"] == visits["pipeline_id"]) & visits["has_history"]]
    moves["hours"] = moves["duration_hours"].mask(moves["is_passthrough"])
    key = ["pipeline_id", "from_stage_id", "to_stage_id", "period_start"]
    for grain, letter in GRAINS.items():
        mart = warehouse.execute(
            "from marts.mart_funnel_transition where period_grain = ?", [grain]
        ).df()
        groups = moves.assign(period_start=moves["on"].dt.to_period(letter).dt.start_time)
        groups = groups.groupby(key)
        expected = pd.DataFrame(
            {
                "moves_count": groups.size(),
                "deals_count": groups["deal_id"].nunique(),
                "median_hours": groups["hours"].median(),
            }
        )
        pd.testing.assert_frame_equal(
            mart.set_index(key)[expected.columns].sort_index().astype(float),
            expected.sort_index().astype(float),
            check_index_type=False,
        )


def lives(visits: pd.DataFrame) -> tuple[dict, dict]:
    """Amounts by (flow, pipeline, manager, month), and what stands open by (pipeline, manager)."""
    flows, standing = defaultdict(Decimal), defaultdict(Decimal)
    columns = ["deal_id", "pipeline_id", "manager_id", "outcome", "entered_on", "exited_on"]
    columns += ["status", "amount_base", "created_on"]
    deals = defaultdict(list)
    for visit in visits[columns].itertuples(index=False):
        deals[visit.deal_id].append(visit)
    for rows in deals.values():
        last = rows[-1]
        amount = Decimal(0 if pd.isna(last.amount_base) else last.amount_base)
        amount = amount.quantize(Decimal("0.01"))
        # A deal is open from its creation, wherever its history begins.
        states = [(min(last.created_on, rows[0].entered_on), rows[0].pipeline_id, "open")]
        states += [(row.entered_on, row.pipeline_id, row.outcome) for row in rows]
        if last.outcome != last.status:
            left_on = last.entered_on if pd.isna(last.exited_on) else last.exited_on
            states.append((left_on, last.pipeline_id, last.status))
        place, outcome = states[0][1], None
        for day, pipeline, after in states:
            happened = []
            if outcome is None:
                happened.append(("created", pipeline))
            elif outcome == "open" and pipeline != place:
                happened += [("moved_out", place), ("moved_in", pipeline)]
            elif outcome != "open" and after != outcome:
                happened.append(("reopened", pipeline))
            if after != "open" and after != outcome:
                happened.append((after, pipeline))
            for flow, where in happened:
                flows[flow, where, last.manager_id, day.date().replace(day=1)] += amount
            place, outcome = pipeline, after
        if outcome == "open":
            standing[place, last.manager_id] += amount
    return flows, standing


def test_every_life_moves_the_pipeline(warehouse, visits):
    flows, standing = lives(visits)
    query = "select pipeline_id, manager_id, period_start, {} from marts.mart_pipeline_movement"
    monthly = f"{query.format(', '.join([*FLOWS, 'closing']))} where period_grain = 'month'"
    moved, closing = {}, {}
    for pipeline, manager, month, *amounts, closed in warehouse.sql(monthly).fetchall():
        moved |= {
            (flow, pipeline, manager, month): amount
            for flow, amount in zip(FLOWS, amounts, strict=True)
            if amount
        }
        if month == AS_OF.replace(day=1) and closed:
            closing[pipeline, manager] = closed
    assert {flow for flow, *_ in moved} == set(FLOWS)
    assert moved == {key: amount for key, amount in flows.items() if amount}
    assert closing == {key: amount for key, amount in standing.items() if amount}


def test_what_closes_is_what_the_deals_say_is_open(warehouse):
    """Not by visits but by the status of deals: to the kopeck, in every grain."""
    open_amount = warehouse.sql(
        "select sum(round(amount_base, 2)) from marts.fct_deal"
        " where status = 'open' and not is_test"
    ).fetchone()
    for grain, letter in GRAINS.items():
        last = pd.Timestamp(AS_OF).to_period(letter).start_time.date()
        assert last > AS_OF - timedelta(days=31)
        closing = warehouse.execute(
            "select sum(closing) from marts.mart_pipeline_movement"
            " where period_grain = ? and period_start = ?",
            [grain, last],
        ).fetchone()
        assert closing == open_amount
