"""A mapping as SQL: from the text columns of a file to the typed columns of an entity.

A value that cannot be read becomes an entry of `_problems`, never a silent NULL.
"""

from collections.abc import Collection, Iterator

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.sources.mapping.config import CURRENCY_COLUMNS, ColumnMapping, EntityMapping
from orchestration.sources.mapping.values import Values


class RowMapping:
    """SQL of one mapping. `zone`: where times without an offset are; `currency`: of rows without
    one. `native_dates`: the file may hold real dates, which follow no format; `numbers`: its
    columns that hold numbers, not texts."""

    def __init__(
        self,
        entity: Entity,
        mapping: EntityMapping,
        zone: str,
        currency: str | None,
        native_dates: bool,
        numbers: Collection[str] = (),
    ) -> None:
        self.entity = entity
        self.mapping = mapping
        self.columns = dict(mapping.mapped)
        for name in CURRENCY_COLUMNS:
            if currency and name in entity.column_names:
                given = self.columns.get(name) or ColumnMapping(constant=currency)
                self.columns[name] = given.model_copy(update={"default": given.default or currency})
        self.values = Values(entity, mapping, self.columns, zone, native_dates, numbers)

    def select(self, relation: str, file: str) -> str:
        """The query that maps `relation` (text columns, `_row`, and `_unread`: why a line could
        not be read, else NULL) to typed columns, `_file`, `_row` and `_problems`."""
        texts = [f"{self._text(name)} as {sql.name(name)}" for name in self.columns]
        strange = [
            f"{self._strange(column)} as {sql.name(name + '?')}"
            for name, column in self.columns.items()
            if _is_closed(column)
        ]
        typed = [f"{self.values.typed(name)} as {sql.name(name + '!')}" for name in self.columns]
        named = [f"{sql.name(name + '!')} as {sql.name(name)}" for name in self.columns]
        problems = list(self._problems())
        listed = ", ".join(
            f"case when {condition} then {{'column_name': {sql.text(name)}, 'value': {value}, "
            f"'reason': {reason}}} end"
            for name, value, condition, reason in problems
        )
        return f"""
            with
            source as ({relation}),
            texts as (
                select {", ".join([*texts, *strange])}, _row, _unread
                from source
                where {self._wanted()}
            ),
            kept as (select * from texts {self._distinct()}),
            typed as (select *, {", ".join(typed)} from kept)
            select
                {", ".join(named)},
                {sql.text(file)} as _file,
                _row,
                case
                    when _unread is not null
                        then [{{'column_name': null, 'value': null, 'reason': _unread}}]
                    when {" or ".join(condition for _, _, condition, _ in problems) or "false"}
                        then list_filter([{listed}], lambda problem: problem is not null)
                end as _problems
            from typed
        """

    def filtered(self, relation: str) -> str:
        """The query that counts the rows that `only_if` leaves out."""
        return f"select count(*) from ({relation}) as source where not ({self._wanted()})"

    def _wanted(self) -> str:
        conditions = [f"{self._base(column)} is not null" for column in self.mapping.only_if]
        # A line that could not be read is never left out, because it must be counted.
        return f"_unread is not null or ({' and '.join(conditions)})" if conditions else "true"

    def _distinct(self) -> str:
        if not self.mapping.distinct:
            return ""
        return (
            f"qualify row_number() over (partition by {sql.names(self.columns)} order by _row) = 1"
        )

    def _base(self, source_column: str, null_values: tuple[str, ...] = ()) -> str:
        return _filled(source_column, [*self.mapping.null_values, *null_values])

    def _given(self, column: ColumnMapping) -> str:
        """The text of the file, before `values` and `cases` translate it."""
        null_values = tuple(column.null_values)
        if column.cases:
            looked_at = dict.fromkeys(name for case in column.cases for name in case.when)
            return f"concat_ws(', ', {sql.names(looked_at)})"
        if column.concat:
            glue = f" || {sql.text(column.separator)} || "
            return glue.join(f"({self._base(part, null_values)})" for part in column.concat)
        if column.column:
            return self._base(column.column, null_values)
        assert column.constant is not None
        return sql.text(column.constant)

    def _text(self, name: str) -> str:
        """The text that is cast to the column's type."""
        column = self.columns[name]
        text = given = self._given(column)
        rest = sql.text(column.otherwise) if column.otherwise is not None else "null"
        if column.cases:
            text = f"case {_branches(column)} else {rest} end"
        elif column.values:
            rest = given if column.passthrough else rest
            translated = f"case {given} {_branches(column)} else {rest} end"
            text = f"case when {given} is not null then {translated} end"
        text = f"nullif({text}, '')"
        if column.unless:
            text = f"case when not ({_all_equal(column.unless)}) then {text} end"
        return f"coalesce({text}, {sql.text(column.default)})" if column.default else text

    def _strange(self, column: ColumnMapping) -> str:
        """The value that `values` or `cases` lacks, else NULL."""
        given = self._given(column)
        if column.cases:
            known = " or ".join(f"({_all_equal(case.when)})" for case in column.cases)
        else:
            known = f"{given} in ({sql.texts(column.values)})"
        if column.unless:
            known += f" or ({_all_equal(column.unless)})"
        return f"case when not ({known}) then {given} end"

    def _problems(self) -> Iterator[tuple[str, str, str, str]]:
        """Column, value, condition and reason of each possible problem of a row."""
        for name, column in self.columns.items():
            value = sql.name(name)
            if self.values.is_read(name):
                unread = f"({value} is not null and {sql.name(name + '!')} is null)"
                yield name, value, unread, self.values.reason(name)
            if _is_closed(column):
                strange = sql.name(name + "?")
                yield name, strange, f"{strange} is not null", sql.text(_known(column))


def as_they_are(
    relation: str, columns: Collection[str], null_values: Collection[str], file: str
) -> str:
    """The query of the columns of `relation` as texts, with `_file`, `_row` and `_problems`."""
    texts = ", ".join(f"{_filled(name, null_values)} as {sql.name(name)}" for name in columns)
    return f"""
        select
            {texts}, {sql.text(file)} as _file, _row,
            case when _unread is not null
                then [{{'column_name': null, 'value': null, 'reason': _unread}}] end as _problems
        from ({relation})
    """


def _filled(source_column: str, null_values: Collection[str]) -> str:
    """The trimmed text of a column of the file, NULL where empty or a word for it."""
    value = _trimmed(source_column)
    return f"case when {value} not in ({sql.texts(['', *null_values])}) then {value} end"


def _trimmed(source_column: str) -> str:
    """The text without surrounding white space and without invisible characters."""
    space = r"[\p{Z}\p{Cc}\p{Cf}]+"
    return f"regexp_replace({sql.name(source_column)}, '^{space}|{space}$', '', 'g')"


def _is_closed(column: ColumnMapping) -> bool:
    """Whether a value that `values` or `cases` does not name is a problem."""
    has_rest = column.passthrough or column.otherwise is not None
    return bool(column.values or column.cases) and not has_rest


def _known(column: ColumnMapping) -> str:
    if column.cases:
        return f"fits none of the {len(column.cases)} cases"
    return f"is none of the known values {', '.join(column.values)}"


def _branches(column: ColumnMapping) -> str:
    """The WHEN branches of `cases` or `values`."""
    if column.cases:
        pairs = [(_all_equal(case.when), case.value) for case in column.cases]
    else:
        pairs = [(sql.text(given), meant) for given, meant in column.values.items()]
    return " ".join(f"when {given} then {sql.text(meant)}" for given, meant in pairs)


def _all_equal(expected: dict[str, str]) -> str:
    return " and ".join(
        f"coalesce({_trimmed(column)}, '') = {sql.text(value)}"
        for column, value in expected.items()
    )
