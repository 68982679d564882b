"""docs/reference/lists.md: every closed list of the contract, written from the entities, the
channels, written from their seed, and the colours of the marts. `make docs` after every change of a
list."""

from collections.abc import Iterator

from orchestration.core.entities import ENTITIES
from orchestration.core.project import ROOT, seed_rows
from orchestration.markdown import table

PAGE = ROOT / "docs" / "reference" / "lists.md"

_INTRODUCTION = """# Every closed list

This page is written by `make docs` from the entities and the seed `channels`. A column with a
closed list holds one of its values, in lower case, or nothing where the column is not required;
another value is refused by the check `values_known`. How to translate yours:
[map an export](../how-to/files.md).
"""

# What each value stands for, by the name of the column; by entity where that decides.
_MEANINGS: dict[str, dict[str, str]] = {
    "stages.semantics": {
        "open": "deals in it are worked on",
        "won": "deals that come to it are won",
        "lost": "deals that come to it are lost",
        "post_won": "behind the win: delivery, service; deals in it stay won",
    },
    "leads.source_type": {
        "form": "a form on a site",
        "call": "a call: speed to lead is not measured",
        "chat": "a chat or a messenger",
        "order": "an order in a shop",
        "social": "a form or a message in a social network",
        "event": "a fair, a webinar",
        "manual": "entered by hand",
    },
    "segment": {"b2b": "a company", "b2c": "a person"},
    "deals.status": {
        "open": "being worked on",
        "won": "won",
        "lost": "lost",
    },
    "merges.entity": {
        "leads": "a lead was merged into another",
        "deals": "a deal was merged into another",
        "contacts": "a contact was merged into another",
        "users": "a user was merged into another",
    },
    "calls.direction": {
        "in": "from a client",
        "out": "to a client",
        "internal": "between colleagues; counted apart",
    },
    "calls.result": {
        "answered": "somebody talked",
        "missed": "nobody answered",
        "abandoned": "the caller hung up before anybody answered",
        "failed": "could not be put through: no such number, no line",
    },
    "messages.direction": {
        "in": "from a client",
        "out": "to a client",
        "internal": "between colleagues; left out of `fct_message`",
    },
    "messages.channel": {
        "email": "an e-mail",
        "chat": "a chat on a site or in an app",
        "messenger": "a messenger or a social network",
        "sms": "a text message",
        "comment": "a public comment, such as one below a post",
    },
    "external_events.kind": {
        "weather": "weather that keeps clients or deliveries away",
        "road": "a closed road, a strike of transport",
        "holiday": "a holiday that is not in the calendar of the country",
        "promotion": "a promotion of the company or of a competitor",
        "other": "anything else",
    },
    "external_events.severity": {
        "low": "little effect is expected",
        "medium": "some effect is expected",
        "high": "a strong effect is expected",
    },
    "orders.status": {
        "new": "made, not paid",
        "paid": "paid",
        "shipped": "on its way to the client",
        "delivered": "the client has it",
        "cancelled": "will not be delivered, whether paid before or not",
        "returned": "came back as a whole; what came back in part is in `returned_quantity`",
    },
    "fees.kind": {
        "commission": "the shop's share of a sale",
        "logistics": "carrying an order to the client",
        "storage": "keeping goods in a warehouse of the shop",
        "advertising": "being shown to clients of the shop",
        "acquiring": "taking a payment",
        "returns": "taking goods back",
        "penalty": "a penalty of the shop",
        "tax": "a tax on sales",
        "subsidy": "what the shop adds to a discount it made: a negative amount",
        "other": "anything else",
    },
    "touchpoints.type": {
        "visit": "a visit of a site",
        "form": "a form that was sent",
        "click": "a click on an ad",
        "call": "a call",
        "email": "an e-mail that was opened or clicked",
        "webinar": "a webinar that was attended",
        "chat": "a chat or a message",
        "offline": "a meeting, a shop, a fair",
    },
    "plans.scope_type": {
        "company": "the whole company, whatever `scope_id` says",
        "department": "a department, by its name",
        "team": "a team, by its name",
        "manager": "one manager, by `user_id`",
    },
}

# What each colour of the marts says, by column: green, yellow, red, none.
_COLORS: dict[str, tuple[str, str, str, str]] = {
    "mart_plan_forecast.status_color": (
        "the plan is met, or the whole forecast is above it",
        "the plan is inside the forecast",
        "the plan is missed, or the whole forecast is below it",
        "no plan, a plan that leaves out a part of the fact, or nothing to judge it by",
    ),
    "mart_finding.status_color": (
        "better than to be expected",
        "worse, `low` or `medium` severity",
        "worse, `high` severity",
        "",
    ),
    "mart_deal_risk.status_color": (
        "no risk by what is known",
        "other risks",
        "the client hears nothing, or nothing is to happen next",
        "no risk is known, and nothing is known of contacts, next step and time in the stage",
    ),
    "mart_funnel_stage.status_color": (
        "as good as the baseline",
        "",
        "a bottleneck",
        "not compared: young, few deals or no baseline",
    ),
    "mart_product_margin.stock_color": (
        "in stock",
        "not enough for `low_stock_days`, or nothing is sold",
        "out of stock",
        "no stock is delivered",
    ),
    "mart_completeness.status_color": (
        "complete",
        "incomplete",
        "incomplete, and not to be published",
        "no source delivers what the mart needs",
    ),
    "mart_data_quality.status_color": (
        "passed",
        "failed: a warning",
        "failed: nothing is published",
        "",
    ),
}


def page() -> str:
    """The whole page."""
    lines = [_INTRODUCTION]
    for name, values in lists():
        meanings = _meanings(name)
        rows = ([f"`{value}`", meanings.get(value, "")] for value in values)
        lines += [f"## `{name}`\n", *table(["value", "meaning"], rows), ""]
    lines += [
        "## Channels\n",
        "Of `leads.channel` and `touchpoints.channel`, in any spelling; a name that is not here is"
        " kept and warned of. [How a channel is told, and rules of your own](../channels.md).\n",
        *table(["channel", "group", "paid"], _channels()),
        "",
        "## Colours of the marts\n",
        "A column that ends in `_color` holds one of these words, so a BI tool needs one rule of"
        " formatting for all of them.\n",
        *table(
            ["column", "green", "yellow", "red", "none"],
            ([f"`{column}`", *meanings] for column, meanings in _COLORS.items()),
        ),
        "",
    ]
    return "\n".join(lines)


def lists() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each closed list as `entity.column`, with its values."""
    for entity in ENTITIES.values():
        for column in entity.columns:
            if column.allowed:
                yield f"{entity.name}.{column.name}", column.allowed


def _meanings(name: str) -> dict[str, str]:
    return _MEANINGS.get(name) or _MEANINGS.get(name.partition(".")[2], {})


def _channels() -> Iterator[list[str]]:
    for row in seed_rows("channels"):
        yield [f"`{row['channel']}`", row["channel_group"], row["is_paid"]]


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
