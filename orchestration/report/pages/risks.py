"""Open deals that need a call."""

from orchestration.report import by_name, encodings
from orchestration.report.page import Block, Column, Page, Tile

_RISK = ("mart_deal_risk",)

PAGE = Page(
    "risks",
    (
        Block(
            "risk_figures",
            "tiles",
            "risk_total",
            _RISK,
            pick=("scope",),
            tiles=(
                Tile("open_deals", "open_deals"),
                Tile("at_risk", "at_risk", note="of_unknown", noted="unknown_deals"),
                Tile("amount", "open_amount", "money", note="of_with_amount"),
                Tile("amount_at_risk", "amount_at_risk", "money"),
                Tile("expected_amount", "expected_of_them", "money", note="of_with_chance"),
                Tile(
                    "expected_without_amount",
                    "expected_without_amount",
                    "money",
                    note="of_without_amount",
                ),
            ),
        ),
        Block(
            "risk_kinds",
            "chart",
            "risk_sum",
            _RISK,
            pick=("scope",),
            empty="empty.risks",
            spec=by_name.bars("top_risk", "deals_count", "deals"),
            columns=(
                Column("top_risk", "top_risk", "word:risk"),
                Column("deals_count", "deals"),
                Column("amount", "amount", "money"),
                Column("expected_amount", "expected_amount", "money"),
            ),
        ),
        Block(
            "risk_money",
            "chart",
            "risk_sum",
            _RISK,
            pick=("scope",),
            empty="empty.risks",
            about="risk_money.about",
            spec=by_name.bars(
                "top_risk", "expected_amount", "expected_amount", "money", encodings.PURPLE
            ),
            columns=(
                Column("top_risk", "top_risk", "word:risk"),
                Column("amount", "amount", "money"),
                Column("expected_amount", "expected_amount", "money"),
            ),
        ),
        Block(
            "risks",
            "table",
            "risk",
            _RISK,
            pick=("member",),
            about="risks.about",
            empty="empty.risks",
            columns=(
                Column("deal_id", "deal", "text"),
                Column("manager", "manager", "word:person"),
                Column("stage", "stage", "text", beside="pipeline"),
                Column("amount", "amount", "money"),
                Column("win_probability", "win_probability", "share", "win_low", "win_high"),
                Column("expected_amount", "expected_amount", "money"),
                Column("reason", "reason", "sentence", colour="status_color"),
                Column("age_days", "age_days", "days"),
                Column("days_in_stage", "days_in_stage", "days", beside="stage_norm_days"),
                Column(
                    "days_since_contact", "days_since_contact", "days", beside="contact_norm_days"
                ),
                Column("next_task_due_on", "next_task_due_on", "date"),
                Column("external_event", "external_event", "word:event", is_rare=True),
            ),
        ),
    ),
)
