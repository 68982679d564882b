"""dbt in this process, on a small project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.transform import Dbt, audit_error

FILES = {
    "models/good.sql": "select cast('{{ var(\"as_of\") }}' as date) as day, 1 as id",
    "models/broken.sql": "{{ config(materialized='table') }} select cast('x' || id as integer)"
    " as id from {{ ref('good') }}",
    "models/kept.sql": "{{ config(materialized='table') }} select 7 as id",
    "models/doubled.sql": "select 1 as id union all select 1 as id",
    "models/hooked.sql": """
        {{ config(
            materialized='table',
            pre_hook='create or replace table marts.before as select 1 as id',
            post_hook='insert into {{ this }} values (2)',
        ) }}
        select id from marts.before
    """,
    "models/limited.sql": "{{ config(materialized='table') }}"
    " select current_setting('threads') as threads",
    "models/promised.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/models.yml": """
models:
  - name: doubled
    columns:
      - name: id
        data_tests: [unique]
  - name: promised
    config: {contract: {enforced: true}}
    columns:
      - name: id
        data_type: bigint
""",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    return home


@pytest.fixture(scope="module")
def dbt(home, tmp_path_factory) -> Dbt:
    project = tmp_path_factory.mktemp("project")
    settings = 'name: voronka\nprofile: voronka\nvars: {as_of: "2000-01-01"}\n'
    files = {**FILES, "dbt_project.yml": settings}
    for name in ("profiles.yml", "macros/materializations.sql"):
        files[name] = (DBT_PROJECT / name).read_text()
    for name, content in files.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(content)
    return Dbt(home, DuckDbLimits(), project=project)


def read_elsewhere(home: Home, query: str) -> str:
    """The first value, read by another process: it can only when this one has let the file go."""
    code = "import sys, duckdb; print(duckdb.connect(sys.argv[1]).sql(sys.argv[2]).fetchone()[0])"
    command = [sys.executable, "-c", code, str(home.warehouse), query]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_night_gets_its_own_variables_without_a_new_parse(dbt, home):
    manifest = dbt.manifest
    for day in ("2026-06-30", "2026-07-01"):
        assert audit_error(dbt.build({"as_of": day}, "--select", "good")) is None
        assert read_elsewhere(home, "select day from marts.good") == day
    assert dbt.manifest is manifest


def test_a_table_may_become_a_view_and_a_view_a_table(dbt, home):
    with duckdb.connect(home.warehouse) as warehouse:
        warehouse.execute("drop schema if exists marts cascade; create schema marts")
        warehouse.execute("create table marts.good as select 'old' as id")
        warehouse.execute("create view marts.kept as select 'old' as id")
    for _ in range(2):
        assert audit_error(dbt.build({"as_of": "2026-06-30"}, "--select", "good", "kept")) is None
    kinds = "select string_agg(table_name || ' ' || table_type, ', ' order by table_name)"
    kinds += " from information_schema.tables where table_name in ('good', 'kept')"
    assert read_elsewhere(home, kinds) == "good VIEW, kept BASE TABLE"
    assert read_elsewhere(home, "select id from marts.kept") == "7"


def test_the_hooks_of_a_model_are_run(dbt, home):
    for _ in range(2):
        assert audit_error(dbt.build({"as_of": "2026-06-30"}, "--select", "hooked")) is None
        assert read_elsewhere(home, "select list(id order by id) from marts.hooked") == "[1, 2]"


@pytest.mark.parametrize(("asked", "started"), [(5, "4"), (2, "1"), (1, "1")])
def test_the_threads_of_dbt_and_those_of_the_database_are_as_many_as_asked(
    dbt, home, asked, started
):
    limited = Dbt(home, DuckDbLimits(threads=asked), project=dbt._project)
    assert audit_error(limited.build({"as_of": "2026-06-30"}, "--select", "limited")) is None
    # One thread of dbt runs a query, the other one has to have a core, too.
    assert read_elsewhere(home, "select threads from marts.limited") == started


def test_a_column_of_another_type_than_its_contract_cannot_be_built(dbt):
    sentence = str(audit_error(dbt.build({"as_of": "2026-06-30"}, "--select", "promised")))
    assert "dbt model promised cannot be built" in sentence
    assert "id" in sentence and "INTEGER" in sentence and "BIGINT" in sentence


def test_what_failed_is_one_sentence_with_every_name(dbt):
    started = []
    results = dbt.build({"as_of": "2026-06-30"}, on_node=started.append)
    sentence = str(audit_error(results))
    assert "\n" not in sentence
    assert "dbt model broken cannot be built: Conversion Error: Could not conv" in sentence
    assert "x1" not in sentence, "a value may be personal data"
    assert "dbt test unique_doubled_id failed: 1 row breaks it" in sentence
    models = {"good", "broken", "kept", "doubled", "hooked", "promised", "limited"}
    assert set(started) == {*models, "unique_doubled_id"}


def test_the_log_has_what_failed_and_no_debug_events(dbt, home):
    log = home.state / "dbt" / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    dbt.build({"as_of": "2026-06-30"}, "--select", "good", "broken")
    text = log.read_text()
    assert "[error]" in text and "Conversion Error: Could not convert string 'x1'" in text
    assert "OK created sql view model marts.good" in text
    assert "[debug]" not in text and "Began running node" not in text


def test_it_is_quiet_and_leaves_the_environment_as_it_was(dbt, capfd):
    before = dict(os.environ)
    dbt.build({"as_of": "2026-06-30"})
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == before


def test_a_home_outlives_the_move_of_the_project(dbt, home, tmp_path):
    for name in ("before", "after"):
        project = shutil.copytree(dbt._project, tmp_path / name)
        (project / "seeds").mkdir()
        (project / "seeds" / "days.csv").write_text("day\n1\n")
        moved = Dbt(home, DuckDbLimits(), project=project)
        assert audit_error(moved.build({"as_of": "2026-06-30"}, "--select", "days")) is None
        shutil.rmtree(project)


def test_everything_it_writes_is_under_the_home(dbt, home):
    dbt.build({"as_of": "2026-06-30"}, "--select", "good")
    assert (home.state / "dbt" / "target" / "partial_parse.msgpack").exists()
    assert sorted(path.name for path in Path(dbt._project).iterdir()) == [
        *("dbt_project.yml", "macros", "models", "profiles.yml")
    ]
