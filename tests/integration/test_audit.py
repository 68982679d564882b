"""Publication asks for the steps of its own run, and for the rows that were audited."""

from pathlib import Path

import pytest

from orchestration.audit import Audit, required_steps
from orchestration.core.errors import AuditRefusedError
from orchestration.core.home import Home
from orchestration.core.warehouse import open_warehouse
from orchestration.settings import DEMO_CONFIG, load_settings

SETTINGS = load_settings(DEMO_CONFIG)
LIMITS = SETTINGS.limits
STEPS = required_steps(SETTINGS)
TABLES = ["fct_deal", "mart_completeness"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    _change(
        home,
        "create schema marts;"
        "create table marts.fct_deal as select i as deal_id, 10 as amount from range(3) t(i);"
        "create table marts.mart_completeness as select 1.0 as score;",
    )
    return home


def _change(home: Home, statements: str) -> None:
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(statements)


def _audited(home: Home) -> Audit:
    audit = Audit(done=set(STEPS))
    audit.seal(home, LIMITS, TABLES)
    return audit


def test_what_was_audited_is_published_in_whatever_order_its_rows_are(home):
    audit = _audited(home)
    _change(home, "create or replace table marts.fct_deal as from marts.fct_deal order by 1 desc")
    audit.refuse_unaudited(home, SETTINGS, TABLES)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_without_one_of_the_steps_publishes_nothing(home, step):
    audit = _audited(home)
    audit.done.remove(step)
    with pytest.raises(AuditRefusedError, match=f"has not passed {step} \\(expected"):
        audit.refuse_unaudited(home, SETTINGS, TABLES)


@pytest.mark.parametrize(
    "change",
    [
        "update marts.fct_deal set amount = 11 where deal_id = 2",
        "insert into marts.fct_deal values (3, 10)",
        "insert into marts.fct_deal values (2, 10), (2, 10)",
        "delete from marts.fct_deal",
        "alter table marts.fct_deal drop amount",
    ],
)
def test_a_mart_that_changed_after_the_audit_is_not_published(home, change):
    audit = _audited(home)
    _change(home, change)
    with pytest.raises(AuditRefusedError, match=r"^marts\.fct_deal: changed after this run"):
        audit.refuse_unaudited(home, SETTINGS, TABLES)


def test_a_mart_that_was_never_audited_is_not_published(home):
    audit = Audit(done=set(STEPS))
    audit.seal(home, LIMITS, ["fct_deal"])
    with pytest.raises(AuditRefusedError, match=r"^marts\.mart_completeness: changed"):
        audit.refuse_unaudited(home, SETTINGS, TABLES)
