"""What the terminal says of a night that is published: the worst warnings first, each once."""

from datetime import date, timedelta

import pytest

from data_quality import marts_checks
from data_quality.checks import CheckResult, CheckSpec
from data_quality.specs import _DESCRIPTIONS
from data_quality.warnings import _FIRST, warning, worst_warnings
from orchestration.checks.gates import _note

AS_OF = date(2026, 6, 30)


def found(check: str, value: float, days_ago: int = 0, marts: int = 1, **given) -> CheckResult:
    fields = {
        "gate": "landing",
        "check_id": check,
        "source": "crm",
        "entity": "leads",
        "date": AS_OF - timedelta(days=days_ago),
        "dimension": "volume",
        "value": value,
        "threshold": 0.5,
        "passed": value >= 0.5,
        "severity": "warn",
        "affected_marts": tuple(f"mart_{n}" for n in range(marts)),
        "detail": f"{check} of {days_ago} days ago",
    }
    return CheckResult(**fields | given)


def test_the_worst_come_first_and_last_month_behind_tonight():
    results = [
        found("thin", 0.0, days_ago=20),
        found("thin", 0.4),
        found("half", 0.25),
        found("wide", 0.25, marts=2),
        found("old", 0.1, days_ago=3),
        found("fine", 0.9),
        found("stops_the_night", 0.0, severity="block"),
    ]
    expected = ["wide", "half", "thin", "old"]
    for order in (results, results[::-1]):
        worst = worst_warnings(order, AS_OF)
        assert [one.check_id for one in worst] == expected
        assert worst[2].detail == "thin of 0 days ago"


def test_money_and_outcomes_come_before_what_is_further_below_its_threshold():
    lesser = ("history_told", "links_found", "times_in_order")
    greater = ("spend_kept", "won_dated", "lost_dated", "outcome_told", "money_attributed")
    greater += ("calls_outcome_told", "delivered")
    results = [found(check, 0.01, marts=9) for check in lesser]
    results += [found(check, 0.40 + n / 100) for n, check in enumerate(greater)]
    results += [found("fresh", 0.0, days_ago=1)]
    worst = [one.check_id for one in worst_warnings(results, AS_OF)]
    assert worst == [*greater, *lesser, "fresh"]


def test_no_history_at_all_is_left_to_the_completeness_of_the_marts():
    results = [found("history_told", 0.0), found("thin", 0.1)]
    assert [one.check_id for one in worst_warnings(results, AS_OF)] == ["thin"]


def test_what_comes_first_are_checks_that_warn():
    warn = {spec.name for spec in marts_checks() if not spec.blocking}
    assert not _FIRST - warn - _DESCRIPTIONS.keys()


def test_warnings_of_two_sources_are_two():
    results = [found("thin", 0.1), found("thin", 0.2, source="shop"), found("thin", 0.3)]
    assert [one.source for one in worst_warnings(results, AS_OF)] == ["crm", "shop"]


@pytest.mark.parametrize(
    ("marts", "sentence"),
    [
        (0, "thin of 0 days ago"),
        (2, "thin of 0 days ago; it bears on mart_0, mart_1"),
        (9, "thin of 0 days ago; it bears on mart_0, mart_1, mart_2, mart_3 and 5 more"),
    ],
)
def test_a_warning_names_its_marts(marts, sentence):
    assert warning(found("thin", 0.1, marts=marts)) == sentence


def test_a_gate_counts_checks_and_not_their_days():
    names = ("thin", "fine", "stops", "nothing")
    specs = [CheckSpec(name, "landing/leads", False, "") for name in names]
    thin = [found("thin", 0.1, days_ago=n) for n in range(30)]
    results = {
        ("landing/leads", "thin"): thin,
        ("landing/leads", "fine"): [found("fine", 1.0)],
        ("landing/leads", "stops"): [found("stops", 1.0, severity="block")],
    }
    assert _note(specs, results) == "4 checks, 1 warn, 1 not applicable"
    assert _note(specs[1:3], results) == "2 checks"


def test_what_no_line_is_shown_for_is_not_counted_as_a_warning():
    spec = CheckSpec("history_told", "marts/fct_deal", False, "")
    untold, told = [found("history_told", 0.0)], [found("history_told", 0.4)]
    assert _note([spec], {("marts/fct_deal", "history_told"): untold}) == (
        "1 checks, 1 not applicable"
    )
    assert _note([spec], {("marts/fct_deal", "history_told"): told}) == "1 checks, 1 warn"
    assert (worst_warnings(untold, AS_OF), worst_warnings(told, AS_OF)) == ([], told)
