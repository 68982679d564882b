"""What charts are made of."""

from orchestration.report import encodings
from orchestration.report.choice import Choice
from orchestration.report.page import Block, plotted
from orchestration.report.pages import PAGES


def block(page: str, name: str) -> Block:
    (found,) = (
        one for owner in PAGES if owner.id == page for one in owner.blocks if one.id == name
    )
    return found


def test_counts_have_whole_ticks():
    assert encodings.value("leads", "leads")["axis"]["tickMinStep"] == 1
    assert "tickMinStep" not in encodings.value("win_rate", "win_rate", "share")["axis"]


def test_nobody_called_back_is_a_warning():
    spec = block("calls", "missed_calls").spec
    assert plotted(spec)[-1] == "unresolved"
    assert spec["encoding"]["color"]["scale"]["range"][-1] == encodings.VERMILLION


def test_the_figures_of_a_chart():
    assert set(plotted(block("funnel", "lost_at").spec)) == {"lost_here_count"}
    assert plotted(block("managers", "gap").spec)[0] == "gap_effect_leads"


def test_without_pipelines_none_is_asked_for():
    losses = Block("losses", "table", "losses", (), pick=("month", "pipeline"))
    rows = [{"month": "2026-06-01", "pipeline_id": "default"}]
    for pipeline, found in ((None, rows), ("default", rows), ("other", [])):
        choice = Choice(
            "en",
            "month",
            "2026-06-01",
            "2026-06-01",
            "",
            pipeline,
            {"losses": rows},
            {},
            {},
            {},
            [],
        )
        assert choice.rows(losses) == found
