"""Texts as values: SQL that reads a text column into the type of the contract, or gives NULL."""

from collections.abc import Collection
from dataclasses import dataclass

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.sources.currencies import CURRENCIES
from orchestration.sources.mapping import times
from orchestration.sources.mapping.config import (
    CURRENCY_COLUMNS,
    ColumnMapping,
    EntityMapping,
)
from orchestration.sources.mapping.numbers import Numbers

# A floating-point number keeps 15 digits: a longer one may have been another id.
_WHOLE_FLOAT = r"-?\d{1,15}\.0+"
_LOST_DIGITS = r"-?(?:\d{16,}\.0+|\d(?:[.,]\d+)?[eE]\+\d+)"
_NOT_WHOLE = r"-?(?:\d*[.,]\d+|nan|inf)(?:e[+-]\d+)?"

_NUMBERS = ("integer", "decimal", "money", "rate")


@dataclass(frozen=True)
class Values:
    """How one mapping writes numbers, dates and times. `zone`: where times without an offset are;
    `native_dates`: the file may hold real dates, which follow no format; `numbers`: the columns of
    the file that hold numbers, not texts."""

    entity: Entity
    mapping: EntityMapping
    columns: dict[str, ColumnMapping]
    zone: str
    native_dates: bool
    numbers: Collection[str] = ()

    def typed(self, name: str) -> str:
        """The text column `name` cast to its type; NULL if that is not possible."""
        column, value, numbers = self.entity.column(name), sql.name(name), self._numbers
        match column.type:
            case "boolean":
                return f"try_cast({value} as boolean)"
            case "money" | "rate" | "decimal":
                return numbers.exact(value, column.sql_type)
            case "integer":
                formats = self.columns[name].format
                return times.seconds(value, formats) if formats else numbers.whole(value)
            case "date":
                return times.date(value, self._formats(name))
            case "timestamp":
                return self._timestamp(name)
            case _:
                return self._text(name)

    def is_read(self, name: str) -> bool:
        """Whether a text of this column may be unreadable."""
        column = self.entity.column(name)
        return column.type != "text" or column.is_id

    def reason(self, name: str) -> str:
        """The reason for the quarantine if `typed` could not read a value."""
        expected, column = sql.text(self._expected(name)), self.entity.column(name)
        if column.type not in _NUMBERS or self.columns[name].format:
            return expected
        value, numbers = sql.name(name), self._numbers
        return f"""
            {expected} || case
                when {numbers.has_other_decimal(value)} then ': say its `decimal` sign'
                when {numbers.is_dressed(value)} then ': say its `thousands` or `units`'
                else ''
            end
        """

    def _expected(self, name: str) -> str:
        column, formats = self.entity.column(name), " or ".join(self._formats(name))
        match column.type:
            case "text":
                return "is not an id: a number that is not whole, or one that has lost digits"
            case "boolean":
                return "is neither true nor false"
            case "date" | "timestamp":
                what = "date" if column.type == "date" else "date and time"
                usual = "" if formats else ": say its `format`"
                return f"is not a {what} of the format {formats or 'YYYY-MM-DD'}{usual}"
            case "integer" if self.columns[name].format:
                return f"is not a duration of the format {formats}"
        what = "whole number" if column.type == "integer" else "number"
        sign = "comma" if self.mapping.decimal == "," else "point"
        return f"is not a {what} (decimal {sign})"

    @property
    def _numbers(self) -> Numbers:
        return Numbers(self.mapping.decimal, self.mapping.thousands, self.mapping.units)

    def _formats(self, name: str) -> tuple[str, ...]:
        mapping, column = self.mapping, self.columns[name]
        if column.format:
            return column.format
        kind = self.entity.column(name).type
        # A column of times may contain dates.
        usual = mapping.datetime_format if kind == "timestamp" else ()
        formats = (*usual, *mapping.date_format)
        return (*formats, "iso") if formats and self.native_dates else formats

    def _timestamp(self, name: str) -> str:
        """UTC without a zone. A time without an offset is local to the source's clock."""
        moment = self._moment(name)
        if before := self.columns[name].not_before:
            zone = sql.text(self.zone)
            day_later = f"timezone({zone}, timezone({zone}, {moment}) + interval 1 day)"
            moment = (
                f"case when {moment} < {self._moment(before)} then {day_later} else {moment} end"
            )
        return f"timezone('UTC', {moment})"

    def _moment(self, name: str) -> str:
        """The text column `name` as a timestamp with time zone."""
        return times.moment(sql.name(name), self._formats(name))

    def _text(self, name: str) -> str:
        """An id is a text that meets the same text elsewhere: 501.0 of a column of floating-point
        numbers is 501, and so it is with phones. The code of a currency is in capitals."""
        column, value = self.entity.column(name), sql.name(name)
        if name in CURRENCY_COLUMNS:
            known = sql.texts(sorted(CURRENCIES))
            return f"case when upper({value}) in ({known}) then upper({value}) else {value} end"
        refused = [_LOST_DIGITS] if column.is_id else []
        if column.is_id and self.columns[name].column in self.numbers:
            refused.append(_NOT_WHOLE)
        cases = [f"when regexp_full_match({value}, {sql.text(text)}) then null" for text in refused]
        if column.is_id or column.is_phone:
            is_whole = f"regexp_full_match({value}, {sql.text(_WHOLE_FLOAT)})"
            cases.append(f"when {is_whole} then split_part({value}, '.', 1)")
        return f"case {' '.join(cases)} else {value} end" if cases else value
