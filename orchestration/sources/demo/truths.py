"""What is planted in the demo company for the marts to find: constants the generator obeys.

Managers are numbers of `people.MANAGERS`, months are counted from January 2024, stages are codes of
`reference.STAGES`.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.core import sql
from orchestration.sources.demo.shop_truths import planted_in_shops

# Albert wins a larger share of deals only because most clients of Albert have bought before.
MIX_BETTER_OVERALL, MIX_BETTER_IN_BOTH = 0, 1
MIX_WIN_CHANCE = {MIX_BETTER_OVERALL: (0.08, 0.62), MIX_BETTER_IN_BOTH: (0.32, 0.93)}

SLOW_MANAGER = 2

MANAGER_DIP = 3
MANAGER_DIP_MONTH = 21  # October 2025

DEPARTMENT_DIP = "Retail sales"
DEPARTMENT_DIP_MONTH = 14  # March 2025

LEAKY_PIPELINE, LEAKY_STAGE = "b2b", "b2b_demo"
LEAKY_FROM_MONTH = 18  # July 2025

DEAD_CHANNEL = "display"

JANUARY_AMOUNT = 12_000_000  # hundredths of a rouble: 120,000 RUB an order
JANUARY_TIMES = 1.3

PLAN_MONTH = 29  # June 2026
PLAN_MISSED, PLAN_PASSED = "Retail sales", "Corporate sales"

STUCK_MANAGER, STUCK_STAGE = 6, "b2c_offer"
STUCK_FROM_MONTH = 20  # September 2025

PRICE_PIPELINE = "b2c"
PRICE_FROM_MONTH = 27  # April 2026

# A request that begins in a chat is won more often. Maxim, who wins more than others, and returning
# clients begin by e-mail more often; for one manager and one type of client it changes nothing.
MAIL_MANAGER = 3


@dataclass(frozen=True)
class Plants:
    """How strong each pattern is; the defaults are those of the demo company.

    `_keeps`: by what the chance to go on or to win is multiplied. `_times`: by what a duration, or
    the revenue that makes a plan, is multiplied. `price_takes`: the share of lost deals whose
    reason becomes the price. `chat_*`, `mail_*`: the chance that a request begins in that way.
    `season_times`: how many times more a client of the shops buys in a month of the client's own.
    `loss_discount`: percent of the list price; `loss_logistics`, `ads_then`: shares of the sales.
    """

    managers_differ: bool = True
    channels_differ: bool = True
    has_showroom: bool = True
    has_dead_channel: bool = True
    has_january_client: bool = True
    slow_times: float = 25
    slow_answer_times: float = 150  # to the first message, which the others answer sooner
    manager_dip_keeps: float = 0.04
    department_dip_keeps: float = 0.3
    leaky_keeps: float = 0.45
    plans_are_cautious: bool = False
    plan_missed_times: float = 1.45
    plan_passed_times: float = 0.6
    stuck_weeks: tuple[int, int] = (3, 6)
    price_takes: float = 0.55
    chat_won: float = 0.45
    chat_else: float = 0.22
    mail: float = 0.1
    mail_of_returning: float = 0.35
    mail_of_manager: float = 0.6
    clients_stop: bool = True
    has_overdue_client: bool = True
    season_times: int = 3
    has_stockout: bool = True
    loss_discount: int = 10
    loss_logistics: float = 0.26
    ads_then: float = 0.45


PLANTED = Plants()
# The twin: nothing differs but by chance, by the season and by growth.
NOTHING = Plants(
    managers_differ=False,
    channels_differ=False,
    has_showroom=False,
    has_dead_channel=False,
    has_january_client=False,
    slow_times=1,
    slow_answer_times=1,
    manager_dip_keeps=1,
    department_dip_keeps=1,
    leaky_keeps=1,
    plans_are_cautious=True,
    stuck_weeks=(0, 0),
    price_takes=0,
    chat_won=0.3,
    chat_else=0.3,
    mail=0.15,
    mail_of_returning=0.15,
    mail_of_manager=0.15,
    clients_stop=False,
    has_overdue_client=False,
    season_times=1,
    has_stockout=False,
    loss_discount=0,
    loss_logistics=0.05,
    ads_then=0.05,
)


def planted_truths(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """What has to be found in the generated company of the connection, by name: who or what, when
    (months such as 2025-03), and how it shows. Only for tests: no model reads it."""
    return {
        "mix_pair": {
            "better_overall": _user(MIX_BETTER_OVERALL),
            "better_in_both_client_types": _user(MIX_BETTER_IN_BOTH),
            "measure": "won / (won + lost); a client is new until the first won deal",
        },
        "leaky_stage": {
            "pipeline_id": LEAKY_PIPELINE,
            "stage_id": LEAKY_STAGE,
            "from_month": _month(LEAKY_FROM_MONTH),
            "measure": "share lost from the stage, by month of entering it; rises",
        },
        "dead_channel": {
            "channel": DEAD_CHANNEL,
            "campaign_ids": ["ga_banner", "ga_video"],
            "measure": "spend above zero, no lead",
        },
        "slow_manager": {
            "user_id": _user(SLOW_MANAGER),
            "measure": "time from a lead to the first outgoing call on it; many times the others'",
        },
        "january_client": {
            "contact_id": _monthly_client(connection),
            "times": JANUARY_TIMES,
            "measure": "amount of the January order against the other months",
        },
        "department_dip": {
            "department": DEPARTMENT_DIP,
            "month": _month(DEPARTMENT_DIP_MONTH),
            "measure": "win rate by month of closing; falls for all its managers",
        },
        "manager_dip": {
            "user_id": _user(MANAGER_DIP),
            "month": _month(MANAGER_DIP_MONTH),
            "measure": "win rate by month of closing; falls for this manager only",
        },
        "plan_ahead": {
            "month": _month(PLAN_MONTH),
            "missed_by": PLAN_MISSED,
            "passed_by": PLAN_PASSED,
            "measure": "revenue of the departments against their plan of the month",
        },
        "stuck_stage": {
            "user_id": _user(STUCK_MANAGER),
            "stage_id": STUCK_STAGE,
            "from_month": _month(STUCK_FROM_MONTH),
            "measure": "days in the stage by month of entering it; many times the others'",
        },
        "price_losses": {
            "pipeline_id": PRICE_PIPELINE,
            "lost_reason": "price",
            "from_month": _month(PRICE_FROM_MONTH),
            "measure": "share of the lost deals with the reason, by month of closing; rises",
        },
        "first_contact": {
            "wins": "chat",
            "only_seems_to": "email",
            "manager_of_the_mix": _user(MAIL_MANAGER),
            "measure": "win rate by the channel of the first message; at an equal mix of managers"
            " and of new and returning clients only the first is above the others",
        },
        **planted_in_shops(connection),
    }


def _user(manager: int) -> str:
    return f"u{manager + 1:02d}"


def _month(number: int) -> str:
    return f"{2024 + number // 12}-{number % 12 + 1:02d}"


def _monthly_client(connection: duckdb.DuckDBPyConnection) -> str:
    """The contact with the longest row of won deals: one in each month."""
    (contact,) = sql.only_row(
        connection.execute(
            """
            select contact_id from deals where status = 'won' and contact_id is not null
            group by contact_id order by count(distinct date_trunc('month', created_at)) desc,
            contact_id limit 1
            """
        )
    )
    return str(contact)
