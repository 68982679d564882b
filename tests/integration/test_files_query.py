"""A mapping's `query`: SQL over the rows of files, which sees nothing else and counts what it
leaves out."""

import re
from datetime import datetime

import duckdb
import pytest

from kits.files import deliver, loaded, quarantined, source
from orchestration.core.errors import ConfigError, SourceError

HEAD = 'time_zone = "Europe/Moscow"\ncurrency = "RUB"\n'
FILE = "id,created,sum\n1,2026-03-01,10\n2,2026-03-01,\n\n3,2026-03-02,30\nTotal,,40\n"
COLUMNS = "id as deal_id, created as created_at, sum as amount"


def deals(query: str, keys: str = 'path = "deals.csv"') -> str:
    return f"{HEAD}[sources.crm.entities.deals]\n{keys}\nquery = '''{query}'''\n"


def told(delivery) -> list[tuple]:
    """Of each file: rows read, delivered, left out, and quarantined."""
    return [
        (load.file, load.rows_read, load.rows_delivered, load.rows_filtered, load.rows_quarantined)
        for load in delivery.loads("crm")
    ]


def test_rows_keep_their_numbers_and_those_left_out_are_counted(tmp_path):
    query = f"select {COLUMNS}, _row from file where id <> 'Total'"
    delivery = deliver(tmp_path, deals(query), deals=FILE + "4,2026-03-02,1,2,3\n5,soon,1\n")
    assert told(delivery) == [("deals.csv", 5, 5, 1, 2)]
    assert loaded(delivery, "deals", "deal_id, amount, _row") == [
        ("1", 10, 2),
        ("2", None, 3),
        ("3", 30, 5),
    ]
    # The line that is no row never reached the query.
    assert [(row, reason[:21]) for row, *_, reason in quarantined(delivery)] == [
        (7, "the line is malformed"),
        (8, "is not a date and tim"),
    ]


@pytest.mark.parametrize(
    ("query", "read", "delivered", "left_out"),
    [
        # Nobody says which rows these are: what is missing was left out.
        (f"select {COLUMNS} from file where sum is not null and id <> 'Total'", 4, 2, 2),
        # Each row twice: none is left out, although there are more than were read.
        (
            "select id || half as deal_id, '2026-03-01' as created_at, _row from file,"
            " (values ('a'), ('b')) as halves (half) where id in ('1', '2')",
            *(4, 4, 2),
        ),
        ("select 'all' as deal_id, max(created) as created_at from file", 4, 1, 3),
    ],
)
def test_what_a_query_leaves_out(tmp_path, query, read, delivered, left_out):
    delivery = deliver(tmp_path, deals(query), deals=FILE)
    assert told(delivery) == [("deals.csv", read, delivered, left_out, 0)]


def test_the_columns_of_a_query_may_be_mapped(tmp_path):
    """Numbers and times that SQL made need no format, texts are read as the mapping says."""
    toml = deals(
        "select *, strptime(created, '%Y-%m-%d') + interval 90 minutes as at, 12.50 as part,"
        " try_cast(id as double) as number from file where id <> 'Total'",
        'path = "deals.csv"\ndecimal = ","\ndatetime_format = "%d.%m.%Y"\nonly_if = ["sum"]',
    )
    toml += """
[sources.crm.entities.deals.columns]
deal_id = "number"
created_at = "at"
amount = "part"
product = { column = "sum", values = { 10 = "ten", 30 = "thirty" } }
"""
    delivery = deliver(tmp_path, toml, deals=FILE)
    assert loaded(delivery, "deals", "deal_id, created_at, amount, product") == [
        ("1", datetime(2026, 2, 28, 22, 30), 12.5, "ten"),
        ("3", datetime(2026, 3, 1, 22, 30), 12.5, "thirty"),
    ]
    # One is left out by the query, one by `only_if`.
    assert told(delivery) == [("deals.csv", 4, 2, 2, 0)]


def test_each_file_of_a_path_is_queried_separately(tmp_path):
    toml = deals(f"select {COLUMNS} from file where id <> 'Total'", 'path = "deals_*.csv"')
    delivery = deliver(tmp_path, toml, deals_1=FILE, deals_2=FILE.replace("\n3", "\n4"))
    assert told(delivery) == [("deals_1.csv", 4, 3, 1, 0), ("deals_2.csv", 4, 3, 1, 0)]


def test_several_files_joined_and_united(tmp_path):
    """`leads` is two files with other columns, `owners` another kind; a path is exploded into
    touches."""
    toml = (
        HEAD
        + """
[sources.crm.entities.touchpoints]
files = { leads = "leads_*.csv", owners = { path = "owners.txt", delimiter = "|", header_row = 2 } }
query = '''
    with steps as (
        select *, unnest(string_split(path, ' > ')) as step,
            generate_subscripts(string_split(path, ' > '), 1) as place
        from leads
    )
    select
        concat_ws('-', id, place) as touchpoint_id, id as lead_id, step as channel,
        'visit' as type, coalesce(utm, owner) as utm_source,
        cast(created as timestamp) + to_days(cast(place as int) - 1) as occurred_at,
        steps._file, steps._row
    from steps left join owners on owners.lead = id
    where id <> '3'
'''
"""
    )
    (tmp_path / "owners.txt").write_text("Owners of leads\nlead|owner\n1|anna\n2|boris\n")
    delivery = deliver(
        tmp_path,
        toml,
        leads_1="id,created,path\n1,2026-03-01,ads > email\n3,2026-03-01,ads\n",
        leads_2="created,id,path,utm\n2026-03-05,2,direct,x\n",
    )
    assert loaded(delivery, "touchpoints", "touchpoint_id, channel, utm_source, occurred_at") == [
        ("1-1", "ads", "anna", datetime(2026, 2, 28, 21)),
        ("1-2", "email", "anna", datetime(2026, 3, 1, 21)),
        ("2-1", "direct", "x", datetime(2026, 3, 4, 21)),
    ]
    assert told(delivery) == [("leads_*.csv + owners.txt", 3, 3, 1, 0)]


def test_an_export_without_rows_has_nothing_to_ask_of(tmp_path):
    (tmp_path / "deals.json").write_text("[]")
    delivery = deliver(tmp_path, deals(f"select {COLUMNS} from file", 'path = "deals.json"'))
    assert told(delivery) == [("deals.json", 0, 0, 0, 0)]


def test_months_beside_each_other_are_unpivoted(tmp_path):
    toml = (
        HEAD
        + """
[sources.crm.entities.plans]
path = "plans.csv"
query = '''
    select
        'revenue' as kpi, 'manager' as scope_type, manager as scope_id, value,
        cast(month || '-01' as date) as period_start, last_day(period_start) as period_end, _row
    from (unpivot file on columns('2026-.*') into name month value value)
'''
"""
    )
    delivery = deliver(tmp_path, toml, plans="manager,2026-01,2026-02\nanna,100,200\nboris,,50\n")
    assert loaded(delivery, "plans", "scope_id, cast(period_end as varchar), value") == [
        ("anna", "2026-01-31", 100),
        ("anna", "2026-02-28", 200),
        ("boris", "2026-02-28", 50),
    ]


def test_the_rows_of_a_query_come_in_one_order(tmp_path):
    rows = "".join(f"{number},2026-03-01,{number % 7}\n" for number in range(20_000))
    toml = deals(
        "select sum as deal_id, any_value(created) as created_at, list(id) as product"
        " from file group by sum"
    )
    delivered = [
        loaded(deliver(tmp_path, toml, deals="id,created,sum\n" + rows), "deals", "*")
        for _ in range(2)
    ]
    assert delivered[0] == delivered[1]
    assert len(delivered[0]) == 7


OUTSIDE = {
    "another file": "from read_csv('{folder}/secret.csv')",
    "a file as a table": "from '{folder}/secret.csv'",
    "a text": "from read_text('{folder}/secret.csv')",
    "a folder": "from glob('{folder}/*')",
    "the file itself": "from '{folder}/deals.csv'",
    "a database": "from read_duckdb('{folder}/secret.db')",
    "the network": "from read_parquet('https://127.0.0.1:1/x.parquet')",
    "an extension": "from sqlite_scan('{folder}/secret.db', 'x')",
    "our own variables": "from files",
    "the delivery": "from delivered.deals",
    "secrets": "from duckdb_secrets()",
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_query_sees_nothing_else(tmp_path, what):
    (tmp_path / "secret.csv").write_text("deal_id,created_at\n1,2026-03-01\n")
    duckdb.connect(str(tmp_path / "secret.db")).close()
    files = [duckdb.sql("select '1' as deal_id, '2026-03-01' as created_at")]
    query = OUTSIDE[what].format(folder=tmp_path)
    with pytest.raises(ConfigError, match=r"query of `deals` over deals.csv: .* Error: ") as raised:
        deliver(tmp_path, deals(query), deals=FILE)
    assert "\n" not in str(raised.value)
    assert files


@pytest.mark.parametrize(
    ("query", "error", "said"),
    [
        (
            "select idd as deal_id from file",
            ConfigError,
            'the query of `deals` over deals.csv: Binder Error: Referenced column "idd" not found',
        ),
        ("select id from file", ConfigError, "over deals.csv: entity `deals` has no column `id`"),
        ("select id as deal_id from file", ConfigError, "needs its column `created_at`: map it"),
        (
            f"select *, trim(id) as deal_id, {COLUMNS} from file",
            ConfigError,
            "over deals.csv has 2 columns with the name `deal_id`, expected one: give the others",
        ),
        (
            "select cast(id as int) as deal_id, created as created_at from file",
            SourceError,
            "failed on a value: Conversion Error: Could not convert string; try_cast gives NULL",
        ),
    ],
)
def test_query_that_fails(tmp_path, query, error, said):
    with pytest.raises(error) as raised:
        deliver(tmp_path, deals(query), deals=FILE)
    assert said in str(raised.value)
    assert "Total" not in str(raised.value)


def test_two_columns_of_a_query_with_one_name(tmp_path):
    """SQL would read the first of the two, here the one that is not meant."""
    keys = 'path = "deals.csv"\ncolumns = { deal_id = "id", created_at = "created" }'
    query = "select *, {} from file where id <> 'Total'"
    with pytest.raises(ConfigError, match="has 2 columns with the name `id`, expected one"):
        deliver(tmp_path, deals(query.format("id || '-7' as id"), keys), deals=FILE)
    # Columns that are not mapped may have one name.
    delivery = deliver(tmp_path, deals(query.format("1 as x, 2 as x"), keys), deals=FILE)
    assert loaded(delivery, "deals", "deal_id") == [("1",), ("2",), ("3",)]


@pytest.mark.parametrize(
    ("query", "columns", "said"),
    [
        (
            "select *, 1 as one from file",
            'deal_id = "id"',
            "has no column `id`, which the mapping",
        ),
        ("select *, 1 as one from file", None, "its column 1 has no name of a column of `deals`"),
        ("select id as deal_id from file", None, 'Referenced column "id" not found'),
    ],
)
def test_no_value_of_a_file_without_a_header_is_shown(tmp_path, query, columns, said):
    toml = deals(query)
    if columns:
        toml += f'columns = {{ {columns}, created_at = "one" }}\n'
    with pytest.raises(ConfigError) as raised:
        deliver(tmp_path, toml, deals="+7 916 000-00-01,Anna,2026-03-01\n+7 916 000-00-02,B,\n")
    assert said in str(raised.value)
    assert not re.search("916|Anna|2026-03", str(raised.value))


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (deals("selec 1"), "is not SQL of DuckDB: Parser Error: syntax error at or near"),
        (deals("select 1; select 2"), "must be one `select`, and nothing else"),
        (deals("attach 'x.db'"), "must be one `select`, and nothing else"),
        (deals("copy file to 'x.csv'"), "must be one `select`, and nothing else"),
        (deals("from file", 'rows = [{ deal_id = "1" }]'), "needs a `path` or `files`, not `rows`"),
        (deals("from a", 'path = "a"\nfiles = { a = "a" }'), "needs either `path` or `files` or"),
        (deals("from a", 'files = { "a b" = "a" }'), "files.a b"),
        (
            deals("from a", 'files = { a = { path = "a", sheat = "x" } }'),
            "unknown key `sheat`, did",
        ),
        (deals("from file", 'path = "a"\nheader_row = "find"'), "say the number of the row"),
        (deals("from a", 'files = { a = "a" }').partition("query")[0], "needs `columns`"),
    ],
)
def test_query_that_is_refused(tmp_path, toml, said):
    with pytest.raises(ConfigError) as raised:
        source(tmp_path, toml)
    assert said in str(raised.value)
