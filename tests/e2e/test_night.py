"""The night on the demo company, end to end from the command line."""

import json
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from kits.clients import CLIENTS, Clients
from kits.published import connected, fingerprint, fingerprints, query, tables
from kits.report import embedded
from kits.shop import voronka, voronka_here

pytestmark = pytest.mark.long

PROJECT = Path(__file__).resolve().parents[2]

DEMO = """
[business]
name = "Small demo"
time_zone = "Europe/Moscow"
base_currency = "RUB"
as_of = 2026-06-30

[sources.demo]
type = "demo"
scale = 0.03
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A first night, and a second one for the same day with clients at work all along. The night
    of test_wheel.py is a process of its own."""
    folder = tmp_path_factory.mktemp("demo")
    config, home = folder / "voronka.toml", folder / "home"
    config.write_text(DEMO)
    marts = home / "published" / "marts.duckdb"
    first = voronka_here("nightly", "--config", config, "--home", home)
    assert first.status == 0, first.text
    before = fingerprints(marts)
    # They pause, so that the night has the processor.
    clients = Clients(marts.parent, folder / "stop", pause=0.5)
    second = voronka_here("nightly", "--config", config, "--home", home, "--json")
    reads = clients.end()
    return {
        "home": home,
        "marts": marts,
        "first": first,
        "second": second,
        "before": before,
        "reads": reads,
    }


def test_the_summary_is_for_a_head_of_sales(night):
    text = night["first"].text
    for word in ("Leads", "Won deals", "Revenue", "Ad spend", "Completeness", "marts.duckdb"):
        assert word in text
    leads, won = query(
        night["marts"], "select sum(leads), sum(won) from marts.mart_channel_conversion"
    )[0]
    assert f"{leads:,.0f}" in text
    assert f"{won:,.0f}" in text


def test_json_has_the_numbers_of_the_table_and_nothing_else_on_stdout(night):
    document = json.loads(night["second"].out)
    assert document.keys() == {
        *("company", "as_of_date", "currency", "periods", "completeness", "not_applicable"),
        *("warnings", "marts", "parquet", "report"),
    }
    assert document["marts"] == str(night["marts"])
    periods = {period["period"]: period for period in document["periods"]}
    leads, won = query(
        night["marts"], "select sum(leads), sum(won) from marts.mart_channel_conversion"
    )[0]
    assert (periods["all_time"]["leads"], periods["all_time"]["won"]) == (leads, won)
    for name in ("month_to_date", "month_before", "all_time"):
        shown = night["first"].text
        assert f"{periods[name]['leads']:,.0f}" in shown
        assert f"{periods[name]['revenue']:,.2f}" in shown
    assert "✓" in night["second"].text.removeprefix(night["second"].out)


def test_the_terminal_says_what_the_marts_of_managers_say(night):
    """Of the month to the as_of day, which is the whole month here; the figures are printed from
    other marts."""
    (row,) = query(
        night["marts"],
        """
        select leads_taken, won_count, revenue, calls_in + calls_out, (
            select sum(spend) from marts.mart_attribution_compare
            where period_grain = 'month' and period_start = date '2026-06-01'
        )
        from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month' and period_start = '2026-06-01'
        """,
    )
    leads, won, revenue, calls, spend = row
    printed = dict(
        [cell.strip() for cell in line.split("│")[1:3]]
        for line in night["first"].text.splitlines()
        if line.count("│") == 5
    )
    assert printed == {
        "Leads": f"{leads:,.0f}",
        "Won deals": f"{won:,.0f}",
        "Revenue, RUB": f"{revenue:,.2f}",
        "Ad spend, RUB": f"{spend:,.2f}",
        "Calls": f"{calls:,.0f}",
    }


def test_a_second_night_publishes_the_same_rows(night):
    assert night["second"].status == 0, night["second"].text
    assert fingerprints(night["marts"]) == night["before"]


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_never_fail_while_it_runs(night, client):
    """They read on while it is built, and see it when it is published."""
    if client not in night["reads"]:
        pytest.skip(f"{client} with its package for DuckDB is not installed")
    reads, seen = night["reads"][client]
    assert reads > 5
    assert len(seen) == 2


def test_parquet_holds_the_same_rows(night):
    folder = night["marts"].parent / "parquet"
    with connected(night["marts"]) as marts:
        names = tables(marts)
        assert len(names) > 20
        for table in names:
            here = fingerprint(marts, f"marts.{table}")
            there = fingerprint(marts, f"read_parquet('{folder / table}.parquet')")
            assert here == there, table


def test_every_published_table_and_column_is_described(night):
    assert (
        query(
            night["marts"],
            """
        select table_name, '' from duckdb_tables() where coalesce(comment, '') = ''
        union all
        select table_name, column_name from duckdb_columns()
        where not internal and coalesce(comment, '') = ''
        """,
        )
        == []
    )


def test_the_contract_lists_the_published_tables(night):
    contract = (PROJECT / "docs" / "contract.md").read_text().split("## What comes out")[1]
    rows = "\n".join(line for line in contract.splitlines() if line.startswith("|"))
    listed = re.findall(r"`((?:dim|fct|mart)_\w+|publication)`", rows)
    with connected(night["marts"]) as marts:
        assert sorted(listed) == tables(marts)


def test_every_published_mart_has_a_score_and_totals_that_were_checked(night):
    marts = night["marts"]
    published = query(
        marts,
        """
        select table_name from duckdb_tables()
        where table_name like 'mart_%'
            and table_name not in ('mart_completeness', 'mart_data_quality')
        """,
    )
    scored = query(
        marts,
        "select mart from marts.mart_completeness"
        " where date = as_of_date and score > 0 and is_publishable",
    )
    checked = query(
        marts,
        "select distinct entity from marts.mart_data_quality"
        " where entity like 'mart_%' and dimension = 'reconciliation' and passed",
    )
    assert sorted(published) == sorted(scored) == sorted(checked)
    assert len(published) > 9


def test_totals_of_the_marts_are_totals_of_the_facts(night):
    (row,) = query(
        night["marts"],
        """
        select
            (select sum(spend) from marts.mart_channel_conversion),
            (select round(sum(spend_base), 2) from marts.fct_ad_spend),
            (select sum(revenue) from marts.mart_channel_conversion),
            (
                select sum(revenue) from marts.mart_department_kpi
                where scope_type = 'company' and period_grain = 'month'
            )
        """,
    )
    spend_mart, spend_fact, by_channels, by_managers = row
    assert spend_mart == spend_fact > Decimal(0)
    assert by_channels == by_managers > Decimal(0)


def _contacts(home) -> set[str]:
    """Every client's e-mail address and phone number, digits only, that the warehouse holds."""
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as warehouse:
        given = warehouse.execute(
            """
            select unnest(string_split(concat_ws(';', phones, emails), ';')) from landing.contacts
            union select unnest([phone, email]) from landing.leads
            union select client_phone from landing.calls
            """
        ).fetchall()
    values = {value.strip().lower() for (value,) in given if value and value.strip()}
    return {value if "@" in value else _national(value) for value in values}


def _national(phone: str) -> str:
    """The last ten digits: how many spellings of one number there are, they end alike."""
    return re.sub(r"\D", "", phone)[-10:]


def _named(text: str) -> set[str]:
    """All that looks like an e-mail address or a phone number in a text."""
    emails = re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", text.lower())
    phones = re.findall(r"\+?\d[\d ()-]{8,16}\d", text)
    return {*emails, *map(_national, phones)}


def test_no_personal_data_outside_the_warehouse(night):
    """Nothing that a night writes but the private warehouse holds a way to reach a client."""
    home = night["home"]
    contacts = _contacts(home)
    assert len(contacts) > 300
    read = 0
    for path in home.rglob("*"):
        if path.is_file() and path.suffix not in {".duckdb", ".parquet"}:
            named = _named(path.read_bytes().decode("utf-8", "ignore"))
            assert not named & contacts, path.relative_to(home)
            read += 1
    assert read > 10
    for text in (night["first"].text, night["second"].text):
        assert not _named(text) & contacts


def test_no_personal_data_is_published(night):
    contacts = _contacts(night["home"])
    with connected(night["marts"]) as marts:
        columns = marts.execute(
            "select table_name, column_name from duckdb_columns() "
            "where not internal and data_type = 'VARCHAR'"
        ).fetchall()
        for table, column in columns:
            values = marts.execute(f"select distinct {column} from marts.{table}").fetchall()
            text = "\n".join(value for (value,) in values if value)
            assert not _named(text) & contacts, f"{table}.{column}"


def test_the_report_is_of_the_night_and_names_no_client(night):
    report = night["home"] / "published" / "report" / "index.html"
    assert f"Report: {report}" in night["first"].text
    assert json.loads(night["second"].out)["report"] == str(report)
    data = embedded(report.read_text(encoding="utf-8"))
    (run_id,) = query(night["marts"], "select run_id from marts.publication")[0]
    assert data["about"]["run_id"] == run_id
    assert not _named(json.dumps(data, ensure_ascii=False)) & _contacts(night["home"])


def test_publications_can_be_listed_and_put_back(night):
    home = night["home"]
    listed = voronka("publications", "--home", home)
    kept = sorted(path.name for path in (home / "publications").iterdir())
    assert listed.status == 0
    assert len(kept) == 2
    assert all(name in listed.text for name in kept)
    document = json.loads(voronka_here("publications", "--home", home, "--json").out)
    assert [one["publication"] for one in document["publications"]] == kept[::-1]
    assert [one["is_current"] for one in document["publications"]] == [True, False]
    assert voronka_here("restore", kept[0], "--home", home).status == 0
    assert (home / "published").resolve().name == kept[0]
    assert fingerprints(night["marts"]) == night["before"]
    unknown = voronka_here("restore", "nothing", "--home", home)
    assert unknown.status == 2
    assert kept[1] in unknown.text
