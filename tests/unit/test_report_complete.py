"""The head of a page: the completeness of the marts whose blocks it shows."""

from orchestration.report.choice import Choice
from orchestration.report.complete import complete_of
from orchestration.report.page import Block, Page, findings_of

DAY = "2026-06-30"
FIGURES = Block("figures", "tiles", "kpi", ("mart_department_kpi", "mart_manager_kpi"))
PLAN = Block("plan", "table", "plan", ("mart_plan_forecast",))
PAGE = Page("overview", (findings_of("overview"), FIGURES, PLAN))
DATA = Page("data", (Block("marts", "chart", "mart_day", ("mart_completeness",)),), True)


def scored(mart: str, score: float | None, check: str | None = None, date: str = DAY) -> dict:
    return {
        "mart": mart,
        "date": date,
        "score": score,
        "worst_check": check,
        "data_complete_through": "2026-06-29",
    }


def head(page: Page, rows: list[dict], language: str = "en") -> str:
    return choice(page, rows, language).head(page)


def choice(page: Page, rows: list[dict], language: str = "en") -> Choice:
    complete = {page.id: complete_of(page, rows, DAY)}
    return Choice(language, "month", DAY, DAY, "", None, {}, {}, {}, complete, [])


WHOLE = [scored("mart_department_kpi", 1.0), scored("mart_manager_kpi", 1.0)]
UNTOLD = scored("mart_finding", 0.0, "history_told:fct_deal")


def test_findings_do_not_make_the_figures_of_a_page_incomplete():
    rows = [*WHOLE, UNTOLD]
    assert head(PAGE, rows) == "Data completeness 100\u202f%, complete up to 29 Jun 2026"
    at_the_findings = choice(PAGE, rows).incomplete(PAGE, PAGE.blocks[0])
    assert at_the_findings == (
        "Data completeness of this block 0\u202f% (deals: stage events are not delivered)"
    )
    assert choice(PAGE, rows).incomplete(PAGE, FIGURES) == ""


def test_a_head_names_the_least_complete_block_and_its_check_in_words():
    rows = [*WHOLE, scored("mart_plan_forecast", 0.4, "volume:leads")]
    assert head(PAGE, rows) == (
        "Complete blocks: 1 of 2, complete up to 29 Jun 2026. The least complete is “Plan, fact"
        " and forecast of the month and quarter”: 40\u202f% (leads: fewer rows in a day than usual)"
    )
    assert head(PAGE, rows, "ru").endswith("(лиды: за день меньше строк, чем обычно)")


def test_a_block_is_as_complete_as_the_worst_of_its_marts():
    rows = [WHOLE[0], scored("mart_manager_kpi", 0.9, "fresh:calls")]
    assert "90\u202f% (calls: no fresh data)" in head(PAGE, rows)


def test_another_day_and_a_mart_without_a_source_have_no_score():
    rows = [scored("mart_manager_kpi", 0.5, "fresh:deals", "2026-06-29"), scored("mart_x", None)]
    assert head(PAGE, rows) == "Data completeness: no score"
    assert head(PAGE, [*rows, WHOLE[0]]).startswith("Data completeness 100")


def test_the_page_of_the_data_counts_every_mart():
    assert head(DATA, [*WHOLE, UNTOLD]) == (
        "Complete tables: 2 of 3, complete up to 29 Jun 2026. The least complete is mart_finding:"
        " 0\u202f% (deals: stage events are not delivered)"
    )
