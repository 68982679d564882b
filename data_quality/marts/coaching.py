"""Totals of the marts that say how managers work with clients: cases judged, deals compared,
messages counted."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.rows import CLOSED, CRM_CLOSED, REAL_CALLS, REAL_MESSAGES
from orchestration.core import sql

_COACHING, _CONTACTS = "mart_coaching", "mart_contact_effect"
_MESSAGES = "mart_correspondence_daily"

_OWNED = "owner_id_at_close <> 'unassigned'"
# The cases of three KPIs: those of deals, of wins and of calls.
_CASES = {
    "win_rate": f"count(*) as total {CRM_CLOSED} and {_OWNED}",
    "average_check": f"count(*) as total {CLOSED} and status = 'won' and amount_base > 0"
    f" and {_OWNED}",
    "missed_rate": f"count(*) as total {REAL_CALLS} and direction = 'in'"
    " and status in ('answered', 'missed') and manager_id <> 'unassigned'",
}


def coaching_measures() -> dict[str, list[Measure]]:
    return {
        _COACHING: [
            same_total(
                "cases_equal_facts",
                _COACHING,
                "sum of trials_count",
                "select kpi_id as part, sum(trials_count) as total from {batch}"
                f" where kpi_id in ({sql.texts(_CASES)}) group by part",
                " union all ".join(
                    f"select {sql.text(kpi_id)} as part, {cases}"
                    for kpi_id, cases in _CASES.items()
                ),
            )
        ],
        _CONTACTS: [
            same_total(
                f"{column}_equals_facts",
                _CONTACTS,
                f"sum of {column}",
                f"select feature as part, sum({column}) as total from {{batch}} group by part",
                "select part, total from (select distinct feature as part from {batch}) as parts"
                f" cross join (select count(*) as total {CRM_CLOSED} {more}) as facts",
            )
            for column, more in {"deals_count": "", "won_count": "and status = 'won'"}.items()
        ],
        _MESSAGES: [
            same_total(
                f"{direction}_count_equals_facts",
                _MESSAGES,
                f"sum of {direction}_count",
                f"select 'channel ' || channel as part, sum({direction}_count) as total"
                " from {batch} group by part",
                f"select 'channel ' || channel as part, count(*) as total {REAL_MESSAGES}"
                f" and direction = '{direction}' group by part",
            )
            for direction in ("in", "out")
        ],
    }
