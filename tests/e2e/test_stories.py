"""What a CRM tells of its deals and leads, and what it leaves open: one night of a company that has
each story, from the rows to the marts."""

import pytest

from kits.published import query
from kits.shop import Company, Ended

pytestmark = pytest.mark.long

CONFIG = """
[business]
name = "Stories"
time_zone = "UTC"
base_currency = "USD"
country = "US"
as_of = 2026-06-30

[sources.crm]
type = "files"
time_zone = "UTC"
currency = "USD"

[sources.crm.entities.users]
rows = [{ user_id = "anna", name = "Anna" }]
"""

# Pipeline, stage, order, semantics. The ids of stages say nothing of their order.
STAGES = [
    *(("words", "New", 1, "open"), ("words", "Qualified", 2, "open")),
    *(("words", "Closed Won", 3, "won"), ("words", "Closed Lost", 4, "lost")),
    *(("numbers", "8", 1, "open"), ("numbers", "9", 2, "open"), ("numbers", "10", 3, "open")),
    *(("numbers", "11", 4, "won"), ("numbers", "12", 5, "lost")),
    *(("quiet", "first", 1, "open"), ("quiet", "second", 2, "open"), ("quiet", "sold", 3, "won")),
    *(("quiet", "gone", 4, "lost"), ("asks", "ask", 1, "open"), ("asks", "fit", 2, "open")),
    ("asks", "unfit", 3, "lost"),
]
# Deal, pipeline, stage, created, closed; 100 each.
DEALS = [
    ("same day", "words", "Closed Won", "2026-03-02", "2026-03-02"),
    ("told late", "words", "Closed Won", "2026-03-02", "2026-05-01"),
    ("chained", "numbers", "11", "2026-03-02", "2026-03-05"),
    ("open", "numbers", "", "2026-03-02", ""),
    ("in sequence", "numbers", "", "2026-03-02", ""),
    *(
        ("quiet 1", "quiet", "second", "2026-03-02", ""),
        ("quiet 2", "quiet", "sold", *["2026-03-02"] * 2),
    ),
    ("quiet 3", "quiet", "gone", "2026-03-02", "2026-03-09"),
    ("no stage", "unheard of", "", "2026-03-02", "2026-03-09"),
    *(
        (name, "words", "New", "2026-03-02", "")
        for name in ("late 1", "late 2", "round 1", "round 2")
    ),
    ("nowhere", "words", "New", "2026-03-02", ""),
    ("lost", "words", "Closed Lost", "2026-03-02", "2026-04-02"),
]
# Deal, stage left, stage entered, when, sequence.
EVENTS = [
    *(("same day", "", stage, "2026-03-02", "") for stage in ("New", "Qualified", "Closed Won")),
    ("told late", "", "New", "2026-04-15", ""),
    ("told late", "New", "Closed Won", "2026-05-01", ""),
    ("chained", "", "9", "2026-03-02", ""),
    *(("chained", "10", "8", "2026-03-03", ""), ("chained", "9", "10", "2026-03-03", "")),
    ("chained", "8", "11", "2026-03-05", ""),
    *(("open", "", stage, day, "") for stage, day in (("8", "2026-03-02"), ("9", "2026-03-05"))),
    ("open", "", "10", "2026-03-05", ""),
    *(
        ("in sequence", "", stage, "2026-03-02", place)
        for place, stage in enumerate(["8", "11", "9"])
    ),
    *((name, "", "New", "2026-03-02", "") for name in ("late 1", "late 2", "round 1", "round 2")),
    ("nowhere", "", "New", "2026-03-02", ""),
    ("lost", "", "New", "2026-03-02", ""),
    ("lost", "New", "Closed Lost", "2026-04-02", ""),
]
# Lead, status, reason, deal.
LEADS = [
    *(
        ("by status", "Lost", "", ""),
        ("by reason", "", "no budget", ""),
        ("by deal", "", "", "lost"),
    ),
    *(("by stage", "", "", ""), ("still there", "new", "", "")),
]
LEAD_EVENTS = [
    *(("by stage", "ask", "2026-03-01"), ("by stage", "unfit", "2026-03-03")),
    *(("still there", "ask", "2026-03-01"), ("still there", "fit", "2026-03-11")),
]
MERGES = [
    ("late 1", "late 2", "2026-07-01"),
    *(("round 1", "round 2", "2026-03-10"), ("round 2", "round 1", "2026-03-11")),
    ("nowhere", "99", "2026-03-10"),
]


def _rows(name: str, columns: str, rows: list[tuple], **constant: object) -> str:
    """An entity of the config, its rows written in it; what is empty is left out."""
    written = [{**dict(zip(columns.split(), row, strict=True)), **constant} for row in rows]
    lines = [
        "  { " + ", ".join(f'{k} = "{v}"' for k, v in row.items() if v != "") + " },"
        for row in written
    ]
    return "\n".join([f"[[sources.crm.entities.{name}]]", "rows = [", *lines, "]", ""])


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Company, Ended]:
    company = Company(tmp_path_factory.mktemp("stories"))
    stages = [(p, p, stage, stage, order, kind) for p, stage, order, kind in STAGES]
    parts = [
        _rows(
            "stages", "pipeline_id pipeline_name stage_id stage_name stage_order semantics", stages
        ),
        _rows("deals", "deal_id pipeline_id stage_id created_at closed_at", DEALS, amount=100),
        _rows("leads", "lead_id status junk_reason deal_id", LEADS, created_at="2026-03-01"),
        _rows("stage_events", "deal_id from_stage_id to_stage_id changed_at sequence", EVENTS),
        _rows("stage_events", "lead_id to_stage_id changed_at", LEAD_EVENTS),
        _rows("merges", "loser_id survivor_id merged_at", MERGES, entity="deals"),
    ]
    company.write("voronka.toml", CONFIG + "\n".join(parts))
    return company, company.run()


@pytest.fixture(scope="module")
def marts(told):
    company, ended = told
    assert ended.status == 0, ended.text
    return lambda sql: query(company.marts, sql)


def test_events_of_one_day_are_in_order(marts):
    paths = marts(
        """
        select deal_id, string_agg(stage_id, ' > ' order by visit_no)
        from marts.fct_deal_stage_visit
        where deal_id in ('same day', 'chained', 'open', 'in sequence') group by 1 order by 1
        """
    )
    assert paths == [
        ("chained", "9 > 10 > 8 > 11"),
        ("in sequence", "8 > 11 > 9"),
        ("open", "8 > 9 > 10"),
        ("same day", "New > Qualified > Closed Won"),
    ]
    assert marts("select stage_id from marts.fct_deal where deal_id = 'open'") == [("10",)]
    movement = marts(
        """
        select sum(won), sum(reopened) from marts.mart_pipeline_movement
        where period_grain = 'month' and pipeline_id = 'words'
        """
    )
    assert movement == [(200, 0)]


def test_a_stage_begins_when_an_event_says_so(marts):
    assert marts(
        """
        select stage_id, cast(entered_at as varchar), duration_hours, is_inferred
        from marts.fct_deal_stage_visit where deal_id = 'told late' order by visit_no
        """
    ) == [
        ("New", "2026-04-15 00:00:00", 384, False),
        ("Closed Won", "2026-05-01 00:00:00", None, False),
    ]


def test_leads_are_lost_too(marts):
    assert marts("select lead_id, status from marts.fct_lead order by 1") == [
        *(("by deal", "lost"), ("by reason", "lost"), ("by stage", "lost"), ("by status", "lost")),
        ("still there", "open"),
    ]
    ladder = """
        select stage_id, reached_count, lost_here_count, open_here_count
        from marts.mart_funnel_stage
        where pipeline_id = '{}' and cohort_grain = 'all' and slice_type = 'all'
            and mode = 'implied' and reached_count > 0 order by stage_order
    """
    assert marts(ladder.format("leads")) == [
        *(("new", 5, 3, 1), ("qualified", 1, 0, 0), ("converted", 1, 1, 0)),
    ]
    assert marts(ladder.format("asks")) == [("ask", 2, 1, 0), ("fit", 1, 0, 1)]


def test_no_history_is_said(marts):
    assert marts("select pipeline_id, history from marts.dim_pipeline order by 1") == [
        *(("asks", None), ("leads", None), ("numbers", "full"), ("quiet", "none")),
        *(("unheard of", "none"), ("words", "full")),
    ]
    assert marts(
        """
        select stage_id, reached_count, lost_here_count, lost_unknown_count, open_here_count,
            visits_count, duration_median_hours, duration_km_median_hours, skip_rate, history
        from marts.mart_funnel_stage
        where pipeline_id = 'quiet' and cohort_grain = 'all' and slice_type = 'all'
            and mode = 'implied' order by stage_order
        """
    ) == [
        ("first", 3, None, 1, 0, 3, None, None, None, "none"),
        ("second", 2, None, 0, 1, 1, None, None, None, "none"),
        ("sold", 1, None, 0, 1, 1, None, None, None, "none"),
    ]
    assert marts(
        "select count(*) from marts.mart_funnel_transition where pipeline_id = 'quiet'"
    ) == [(0,)]


def test_merges_lose_no_deal(marts):
    assert marts(
        "select deal_id from marts.fct_deal where deal_id in"
        " ('late 1', 'late 2', 'round 1', 'round 2', 'nowhere') order by 1"
    ) == [("late 1",), ("late 2",), ("nowhere",), ("round 1",), ("round 2",)]


def test_unknown_records_are_named(marts, told):
    company, _ = told
    found = dict(
        query(
            company.home / "warehouse.duckdb",
            "select check_id, detail from ledger.checks where entity = 'fct_deal' and not passed",
        )
    )
    assert "`nowhere into 99` (1x)" in found["merge_survivor_known"]
    assert "`round 1 into round 2` (1x), `round 2 into round 1` (1x)" in found["merge_ends"]
    assert "4 of 15 rows are in a pipeline without any stage event" in found["history_told"]
    assert "1 of 15 rows are closed or in no stage, and nothing tells" in found["outcome_told"]
    marked = query(
        company.home / "warehouse.duckdb",
        "select mart, check_name, round(value * 15) from intermediate.int_marts__mandatory_checks"
        " where check_name in ('history_told:fct_deal', 'outcome_told:fct_deal')"
        " and mart in ('mart_funnel_transition', 'mart_manager_kpi', 'mart_customer_360')"
        " order by all",
    )
    # What customers buy and managers sell needs no history of stages.
    assert marked == [
        ("mart_customer_360", "outcome_told:fct_deal", 14),
        ("mart_funnel_transition", "history_told:fct_deal", 11),
        ("mart_funnel_transition", "outcome_told:fct_deal", 14),
        ("mart_manager_kpi", "outcome_told:fct_deal", 14),
    ]
