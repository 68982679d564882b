"""Any small company as its exports, and the nights over it: files are read, judged and landed, and
every model but the quality marts is built, all in memory. Only dlt and dbt are not there."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import duckdb
from hypothesis import strategies as st

from kits.models import make
from kits.united import unite
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Column, Entity
from orchestration.core.warehouse import prepare_warehouse, record_days_off
from orchestration.days_off import days_off
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FilesSource
from orchestration.sources.files.extract import extract
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.window import keep_other_days

FIRST, AS_OF = date(2026, 2, 20), date(2026, 3, 31)
ZONE = "Europe/Moscow"
SEEDS = Path(__file__).parents[2] / "seeds"
CONFIG = FilesSource.model_validate(
    {
        "type": "files",
        "time_zone": ZONE,
        "currency": "RUB",
        "entities": {
            name: {
                "path": f"{name}.*.csv",
                "columns": {column: column for column in entity.column_names},
            }
            for name, entity in ENTITIES.items()
        },
    }
)
Row = dict[str, str | None]
Rows = dict[str, list[Row]]

# Few values, so that keys, moments and people meet.
_POOLS = {
    "user_id": ("u1", "u2"),
    "pipeline_id": ("default", "other"),
    "stage_id": ("s1", "s2", "s3"),
    "lead_id": ("l1", "l2", "l3", "l4"),
    "deal_id": ("d1", "d2", "d3", "d4", "d5"),
    "contact_id": ("k1", "k2", "k3"),
    "company_id": ("f1", "f2"),
    "call_id": ("c1", "c2", "c3", "c4", "c5"),
    "session_id": ("c1", "c2"),
    "touchpoint_id": ("t1", "t2", "t3", "t4", "t5"),
    "payment_id": ("p1", "p2", "p3"),
    "message_id": ("m1", "m2", "m3", "m4", "m5"),
    "task_id": ("j1", "j2", "j3", "j4"),
    "order_id": ("o1", "o2", "o3", "o4"),
    "product_id": ("g1", "g2"),
    "fee_id": ("e1", "e2", "e3"),
    "shop": ("site", "market"),
    "campaign_id": ("a1", "a2"),
    "client_id": ("v1", "v2"),
    "phone": ("8 999 000-00-01", "+79990000002", "79990000001"),
    "email": ("a@example.org", "B@example.org"),
    "messenger": ("@one", "two"),
    "currency": ("RUB", "USD"),
    "channel": ("paid_search", "direct", "email"),
    "utm_source": ("google", "yandex"),
    "utm_medium": ("cpc", "email"),
    "kpi": ("revenue", "calls", "average_check", "spend", "sla_share"),
    "scope_id": ("u1", "u2", "company"),
}
_POOLS |= {
    **dict.fromkeys(("owner_id", "changed_by"), _POOLS["user_id"]),
    **dict.fromkeys(("from_stage_id", "to_stage_id"), _POOLS["stage_id"]),
    **dict.fromkeys(("phones", "client_phone"), _POOLS["phone"]),
    **dict.fromkeys(("emails",), _POOLS["email"]),
    **dict.fromkeys(("messengers",), _POOLS["messenger"]),
    **dict.fromkeys(("loser_id", "survivor_id"), ("k1", "k2", "k3", "l1", "l2", "d1", "d2", "u1")),
    **dict.fromkeys(("account_currency",), _POOLS["currency"]),
    **dict.fromkeys(("utm_campaign",), _POOLS["campaign_id"]),
}
_DAYS = st.integers(0, (AS_OF - FIRST).days).map(lambda days: FIRST + timedelta(days))
_MOMENTS = st.tuples(_DAYS, st.sampled_from(["00:00:00", "10:00:00", "10:00:05", "23:59:59"]))
_CELLS = {
    "date": _DAYS.map(str),
    "timestamp": _MOMENTS.map(lambda moment: f"{moment[0]} {moment[1]}"),
    "money": st.integers(1, 10**7).map(lambda kopecks: f"{kopecks / 100:.2f}")
    | st.sampled_from(["0.004", "0.005", "-0.0151", "33.3333333333", "10000000000", "1e15"]),
    "rate": st.sampled_from(["0.0000007", "0.0000382", "1", "92.1234", "0.3333333333333333"]),
    "decimal": st.integers(1, 10**8).map(lambda millionths: f"{millionths / 10**6:.6f}"),
    "integer": st.integers(0, 90).map(str),
    "boolean": st.sampled_from(["true", "false", "false", "false"]),
}
_MANY = {
    "deals": 5,
    "stage_events": 9,
    "leads": 4,
    "calls": 5,
    "touchpoints": 5,
    "messages": 5,
    "tasks": 4,
    "orders": 4,
    "order_lines": 6,
}
_STAGES = list(product(_POOLS["pipeline_id"], _POOLS["stage_id"]))


def _cell(column: Column) -> st.SearchStrategy[str | None]:
    if column.allowed:
        cells = st.sampled_from(column.allowed)
    elif column.type == "text":
        cells = st.sampled_from(_POOLS.get(column.name, ("x", "y")))
    else:
        cells = _CELLS[column.type]
    return cells if column.required else st.none() | cells


def _rows(entity: Entity) -> st.SearchStrategy[list[Row]]:
    """Rows no two of which have one key: of two the newest would stay, or the first."""
    cells = {column.name: _cell(column) for column in entity.columns}
    if entity.name == "stages":
        # All of them, or most deals would be set aside; the last is won, or few would be won.
        # No two have one order: events of one time would come as they were delivered.
        places = [
            {"pipeline_id": st.just(p), "stage_id": st.just(s), "stage_order": st.just(f"{order}")}
            for order, (p, s) in enumerate(_STAGES)
        ]
        places[-1]["semantics"] = places[2]["semantics"] = st.just("won")
        return st.tuples(*(st.fixed_dictionaries(cells | place) for place in places)).map(list)
    return st.lists(
        st.fixed_dictionaries(cells),
        min_size=1 if entity.name in ("deals", "leads", "payments") else 0,
        max_size=_MANY.get(entity.name, 3),
        unique_by=lambda row: tuple(row[name] for name in entity.key),
    )


companies = st.fixed_dictionaries({name: _rows(entity) for name, entity in ENTITIES.items()})


@dataclass(frozen=True)
class Nights:
    """The nights of one home."""

    connection: duckdb.DuckDBPyConnection
    compiled: list[tuple[str, str]] = field(repr=False)
    folder: Path

    def ask(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def forget(self) -> None:
        """Land as a new home does."""
        self.connection.execute(
            "drop schema if exists raw_crm cascade; drop schema if exists identity cascade;"
            "drop schema if exists landing cascade"
        )

    def land(self, *files: Rows, window: tuple[date, date] | None = None) -> None:
        """Land the exports, each in as many files as given; `window`: only these days of them."""
        for path in self.folder.glob("*.csv"):
            path.unlink()
        for number, rows in enumerate(files):
            for name, part in rows.items():
                with (self.folder / f"{name}.{number}.csv").open("w", newline="") as file:
                    writer = csv.DictWriter(file, ENTITIES[name].column_names)
                    writer.writeheader()
                    writer.writerows(part)
        with duckdb.connect(config={"threads": 1}) as connection:
            delivery = Delivery(connection)
            extract(delivery, CONFIG, self.folder, self.folder / "spill")
            if window:
                keep_other_days(delivery, self.connection, "crm", window, ZONE)
            delivery.check()
            self.connection.execute("create schema if not exists raw_crm")
            for entity in delivery.entities:
                accepted = connection.execute(delivery.accepted(entity, "crm")).to_arrow_table()
                self.connection.register("accepted", accepted)
                self.connection.execute(
                    f"create or replace table raw_crm.{entity.name} as from accepted"
                )
                self.connection.unregister("accepted")

    def landed(self) -> dict[str, tuple[int, int]]:
        """The fingerprint of what each entity has landed and of the clients' identifiers."""
        self._expose()
        rows = {
            name: f"select {', '.join(e.column_names)} from landing.{name}"
            for name, e in ENTITIES.items()
        }
        return self._fingerprints(rows | {"identifiers": "from identity.identifiers"})

    def published(self) -> dict[str, tuple[int, int]]:
        """Build everything: the fingerprint of each table of schema marts."""
        self._expose()
        for name, sql in self.compiled:
            make(self.connection, name, sql)
        marts = [name for name, _ in self.compiled if name.startswith("marts.")]
        return self._fingerprints({name: f"from {name}" for name in marts})

    def _expose(self) -> None:
        unite(self.connection, {"crm": CONFIG})
        normalise_identifiers(self.connection, "RU")

    def _fingerprints(self, queries: dict[str, str]) -> dict[str, tuple[int, int]]:
        """Rows and an order-free hash of what each query finds."""
        return {
            name: self.connection.sql(
                f"select count(*), sum(hash(t)) from ({query}) as t"
            ).fetchone()
            for name, query in queries.items()
        }


def company_of(**rows: list[Row]) -> Rows:
    """The rows of every entity: those that are given, and of the others none."""
    return {name: [] for name in ENTITIES} | rows


@contextmanager
def nights(compiled: list[tuple[str, str]], folder: Path) -> Iterator[Nights]:
    """The nights of a home in memory, `compiled` being the models in the order of building."""
    with duckdb.connect(config={"threads": 1, "preserve_insertion_order": False}) as connection:
        prepare_warehouse(connection, "laws", AS_OF, "a key for tests")
        record_days_off(connection, days_off("RU", None, AS_OF.year))
        connection.execute("create schema staging; create schema intermediate")
        connection.execute("create schema marts; create schema seeds")
        for path in SEEDS.glob("*.csv"):
            connection.execute(f"create table seeds.{path.stem} as from read_csv('{path}')")
        yield Nights(connection, compiled, folder)
