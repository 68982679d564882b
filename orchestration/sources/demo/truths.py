"""What is planted in the demo company for the marts to find: constants the generator obeys.

Managers are numbers of `people.MANAGERS`, months are counted from January 2024, stages are codes of
`reference.STAGES`.
"""

from typing import Any

import duckdb

from orchestration.core import sql

# Albert wins a larger share of deals only because most clients of Albert have bought before.
MIX_BETTER_OVERALL, MIX_BETTER_IN_BOTH = 0, 1
MIX_WIN_CHANCE = {MIX_BETTER_OVERALL: (0.08, 0.62), MIX_BETTER_IN_BOTH: (0.32, 0.93)}

SLOW_MANAGER = 2
SLOW_TIMES = 25

MANAGER_DIP = 3
MANAGER_DIP_MONTH = 21  # October 2025
MANAGER_DIP_KEEPS = 0.04

DEPARTMENT_DIP = "Retail sales"
DEPARTMENT_DIP_MONTH = 14  # March 2025
DEPARTMENT_DIP_KEEPS = 0.3

LEAKY_PIPELINE, LEAKY_STAGE = "b2b", "b2b_demo"
LEAKY_FROM_MONTH = 18  # July 2025
LEAKY_KEEPS = 0.45

DEAD_CHANNEL = "display"

JANUARY_AMOUNT = 12_000_000  # hundredths of a rouble: 120,000 RUB an order
JANUARY_TIMES = 1.3


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
