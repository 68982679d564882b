"""The tables of a schema that Voronka owns: what is there, and how it becomes what is wanted.

Tables keep their identity: a changed column is dropped and added, the table stays, so that views of
other people and rights that were granted go on working. No change rewrites a table, since a reader
with an older snapshot would find it empty.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from psycopg.errors import ProgramLimitExceeded, QueryCanceled
from psycopg.sql import SQL, Identifier, Literal

from orchestration.core.errors import ServerError
from orchestration.servers.columns import server_type
from orchestration.servers.tables import Table

# Shorter than PostgreSQL waits before it looks for deadlocks: no reader is ever ended by one.
_LOCK_MILLISECONDS = 800
_LOCK_PAUSE_SECONDS = 0.5
LOCK_SECONDS = 120

_ABOUT = "publication"


@dataclass(frozen=True)
class Schema:
    """A schema on a connection, as it was when it was first asked."""

    connection: psycopg.Connection
    name: str

    def begin(self) -> None:
        """Prepare this transaction: no time limits of the role, one publication at a time."""
        self.connection.execute(
            "select set_config('statement_timeout', '0', true),"
            " set_config('idle_in_transaction_session_timeout', '0', true),"
            " set_config('lock_timeout', '300s', true),"
            " set_config('timezone', 'UTC', true),"
            " set_config('datestyle', 'ISO, YMD', true)"
        )
        self.connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"voronka {self.name}"]
        )

    def refuse_unfit(self, company: str | None, wanted: Sequence[str]) -> None:
        """Raises ServerError if the database cannot hold the tables, or if the schema has tables
        that are not Voronka's, or those of another company. `wanted`: the tables to come."""
        (encoding,) = self._row("select current_setting('server_encoding')")
        if encoding != "UTF8":
            raise ServerError(f"the database has the encoding {encoding}, expected UTF8")
        relations = dict(
            self._rows(
                "select relname, relkind::text from pg_class"
                " where relnamespace = to_regnamespace(quote_ident(%s))"
                " and relkind in ('r', 'p', 'f', 'v', 'm', 'S')",
                self.name,
            )
        )
        ours = self.tables()
        foreign = [
            name
            for name, kind in sorted(relations.items())
            if name not in ours and (kind in "rpf" or name in wanted)
        ]
        if foreign:
            named = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
            raise ServerError(
                f"schema {self.name} has tables that Voronka did not make ({named}), expected a"
                " schema of its own: name another one in publish.postgres.schema_name"
            )
        owner = self._company()
        if ours and owner != company:
            raise ServerError(
                f"schema {self.name} holds the marts of company {owner}, and this night is of"
                f" company {company}: name another one in publish.postgres.schema_name"
            )

    def refuse_unwritable(self) -> None:
        """Raises ServerError if the user may not make tables in the schema, nor the schema."""
        exists, may_create, may_make = self._row(
            "select to_regnamespace(quote_ident(%s)) is not null,"
            " coalesce(has_schema_privilege(to_regnamespace(quote_ident(%s))::oid,"
            " 'create, usage'), false),"
            " has_database_privilege(current_database(), 'create')",
            *(self.name, self.name),
        )
        if exists and not may_create:
            raise ServerError(f"the user may not make tables in schema {self.name}")
        if not exists and not may_make:
            raise ServerError(f"there is no schema {self.name}, and the user may not make it")

    def make(self) -> None:
        """Make the schema if it does not exist."""
        (exists,) = self._row("select to_regnamespace(quote_ident(%s)) is not null", self.name)
        if not exists:
            self._run("create schema {}", Identifier(self.name))

    def tables(self) -> frozenset[str]:
        """The tables that Voronka wrote: those that `publication` lists."""
        return frozenset(self._columns) & frozenset(self._listed)

    def state(self) -> str:
        """In words, for people: what the schema holds."""
        if not self.tables():
            return "is empty"
        query = "select as_of_date from {}"
        (day,) = self._run(query, self._table(_ABOUT)).fetchone()
        return f"has {len(self.tables())} tables as of {day}"

    def publication(self) -> str | None:
        """The id of the publication whose rows the schema has."""
        if "run_id" not in self._columns.get(_ABOUT, {}):
            return None
        found = self._run("select run_id from {}", self._table(_ABOUT)).fetchone()
        return found and str(found[0])

    def fits(self, table: Table) -> bool:
        """Whether the table has these columns, in whatever order, and this key."""
        wanted = {one.name: (server_type(one), one.is_required) for one in table.columns}
        return self._columns[table.name] == wanted and self._has_key(table)

    def create(self, table: Table) -> None:
        """Make a table without rows."""
        lines = [
            SQL("{} {}").format(Identifier(one.name), SQL(_declared(one))) for one in table.columns
        ]
        if table.key:
            lines.append(self._key(table))
        self._run("create table {} ({})", self._table(table.name), SQL(", ").join(lines))

    def lock(self, names: Sequence[str]) -> None:
        """Wait until nobody reads these tables, and keep readers out until the transaction ends.

        Tries all of them for less than a second, then lets readers pass and tries again. Raises
        ServerError after LOCK_SECONDS.
        """
        if not names:
            return
        all_of_them = SQL(", ").join(map(self._table, names))
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                with self.connection.transaction():
                    self._run(f"set local statement_timeout = {_LOCK_MILLISECONDS}")
                    self._run("lock table {} in access exclusive mode", all_of_them)
                    self._run("set local statement_timeout = 0")
                return
            except QueryCanceled:
                if time.monotonic() > until:
                    raise ServerError(
                        f"table {', '.join(names)} has to change its columns, and somebody has been"
                        f" reading it in one transaction for {LOCK_SECONDS} s"
                    ) from None
            time.sleep(_LOCK_PAUSE_SECONDS)

    def change(self, table: Table) -> None:
        """Give a table its columns and its key; its rows are gone then for this transaction."""
        target = self._table(table.name)
        there = self._columns[table.name]
        wanted = {one.name: one for one in table.columns}
        self._run("delete from {}", target)
        if not self._has_key(table) and table.name in self._keys:
            for constraint, *_ in self._keys[table.name]:
                self._run("alter table {} drop constraint {}", target, Identifier(constraint))
        kept = {
            name
            for name, (type_, _) in there.items()
            if name in wanted and type_ == server_type(wanted[name])
        }
        for name in there.keys() - kept:
            self._run("alter table {} drop column {}", target, Identifier(name))
        for name, one in wanted.items():
            column = Identifier(name)
            if name not in kept:
                self._run(f"alter table {{}} add column {{}} {_declared(one)}", target, column)
            elif there[name][1] != one.is_required:
                verb = "set" if one.is_required else "drop"
                self._run(f"alter table {{}} alter column {{}} {verb} not null", target, column)
        if table.key and not self._stands_key(table, kept):
            # An index also has the rows that are deleted just now. If a text of theirs was too long
            # for one, the key comes back with a later night.
            with suppress(ProgramLimitExceeded), self.connection.transaction():
                self._run("alter table {} add {}", target, self._key(table))

    def drop(self, name: str) -> None:
        """Remove a table that is not published any more."""
        self._run("drop table {}", self._table(name))

    def describe(self, table: Table) -> None:
        """Write the descriptions of the table and its columns, as far as they are not there."""
        target, there = self._table(table.name), self._comments
        if table.comment != there.get((table.name, None)):
            self._run("comment on table {} is {}", target, Literal(table.comment))
        for one in table.columns:
            if one.comment != there.get((table.name, one.name)):
                column = Identifier(self.name, table.name, one.name)
                self._run("comment on column {} is {}", column, Literal(one.comment))

    def _has_key(self, table: Table) -> bool:
        there = [key for _, *key in self._keys.get(table.name, ())]
        return [_key_kind(table), table.key] in there if table.key else not there

    def _stands_key(self, table: Table, kept: set[str]) -> bool:
        """Whether the key is still there: it goes with any of its columns."""
        return self._has_key(table) and kept.issuperset(table.key)

    def _key(self, table: Table) -> Any:
        columns = SQL(", ").join(map(Identifier, table.key))
        return SQL("{} ({})").format(SQL(_key_kind(table)), columns)

    def _company(self) -> Any:
        if _ABOUT not in self.tables():
            return None
        (company,) = self._run("select company from {}", self._table(_ABOUT)).fetchone()
        return company

    @cached_property
    def _listed(self) -> list[str]:
        """The names of the tables that the last publication wrote."""
        if not {"company", "as_of_date", "row_counts"} <= self._columns.get(_ABOUT, {}).keys():
            return []
        names = self._run(
            "select json_object_keys(row_counts::json) from {}", self._table(_ABOUT)
        ).fetchall()
        return [_ABOUT, *(name for (name,) in names)]

    @cached_property
    def _columns(self) -> dict[str, dict[str, tuple[str, bool]]]:
        """By table and column: its type, and whether it takes no NULL."""
        found: dict[str, dict[str, tuple[str, bool]]] = {}
        for table, name, type_, is_required in self._rows(
            "select relname, attname, format_type(atttypid, atttypmod), attnotnull"
            " from pg_class inner join pg_attribute on attrelid = pg_class.oid"
            " where relnamespace = to_regnamespace(quote_ident(%s)) and relkind = 'r'"
            " and attnum > 0 and not attisdropped order by relname, attnum",
            self.name,
        ):
            found.setdefault(table, {})[name] = (type_, is_required)
        return found

    @cached_property
    def _keys(self) -> dict[str, list[tuple[str, str, tuple[str, ...]]]]:
        """By table: the name, the kind and the columns of each of its keys."""
        found: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
        for table, name, kind, columns in self._rows(
            "select relname, conname,"
            " case contype when 'p' then 'primary key' else 'unique' end,"
            " (select array_agg(attname::text order by place)"
            "  from unnest(conkey) with ordinality as key (number, place)"
            "  inner join pg_attribute on attrelid = conrelid and attnum = key.number)"
            " from pg_constraint inner join pg_class on pg_class.oid = conrelid"
            " where relnamespace = to_regnamespace(quote_ident(%s)) and contype in ('p', 'u')",
            self.name,
        ):
            found.setdefault(table, []).append((name, kind, tuple(columns)))
        return found

    @cached_property
    def _comments(self) -> dict[tuple[str, str | None], str]:
        """By table and column (None: the table itself), the description that is there."""
        return {
            (table, column): comment
            for table, column, comment in self._rows(
                "select relname, attname, description from pg_description"
                " inner join pg_class on pg_class.oid = objoid and classoid = 'pg_class'::regclass"
                " left join pg_attribute"
                " on attrelid = objoid and attnum = objsubid and objsubid > 0"
                " where relnamespace = to_regnamespace(quote_ident(%s))",
                self.name,
            )
        }

    def _row(self, query: str, *values: str) -> tuple[Any, ...]:
        (row,) = self._rows(query, *values)
        return row

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        # Without values, `%` is no placeholder.
        return self.connection.execute(query, values or None).fetchall()

    def _run(self, statement: str, *parts: Any) -> Any:
        return self.connection.execute(SQL(statement).format(*parts))

    def _table(self, name: str) -> Any:
        return Identifier(self.name, name)


def _declared(column: Any) -> str:
    return server_type(column) + (" not null" if column.is_required else "")


def _key_kind(table: Table) -> str:
    """A primary key takes no NULL."""
    required = {one.name for one in table.columns if one.is_required}
    return "primary key" if required.issuperset(table.key) else "unique"
