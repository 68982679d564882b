"""mart_call_daily counted again, call by call, from fct_call and the numbers of the legs."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Moscow")
OUTCOMES = ("called_back", "self_recovered", "unresolved")


def local_day(moment) -> date:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE).date()


def episodes(calls: list[dict]) -> Counter:
    """How many episodes there are by day, manager and outcome."""
    known = defaultdict(set)
    for call in calls:
        known[call["number"]] |= {call["customer_id"]} - {None}
    clients = defaultdict(list)
    for call in calls:
        own = known[call["number"]] if call["number"] else set()
        customer = call["customer_id"] or min(own, default=None)
        clients[customer or call["number"] or call["call_id"]].append(call)
    found: Counter = Counter()
    for history in clients.values():
        history.sort(key=lambda call: (call["started_at"], call["status"] != "answered"))
        first = None
        for call in history:
            if call["status"] == "answered" and first:
                in_time = call["started_at"] - first["started_at"] <= timedelta(hours=24)
                reached = "called_back" if call["direction"] == "out" else "self_recovered"
                outcome = reached if in_time else "unresolved"
                found[local_day(first["started_at"]), first["manager_id"], outcome] += 1
                first = None
            elif call["status"] == "missed" and call["direction"] == "in":
                first = first or call
        if first:
            found[local_day(first["started_at"]), first["manager_id"], "unresolved"] += 1
    return found
