"""Texts as values: SQL that reads a text column into the type of the contract, or gives NULL."""

from dataclasses import dataclass

from orchestration.sources import sql
from orchestration.sources.entities import Entity
from orchestration.sources.mapping.config import ColumnMapping, EntityMapping

# Thousands are set apart by a space, a no-break space or a thin one, depending on who exported.
_SPACES = " \u00a0\u202f\u2009"


@dataclass(frozen=True)
class Values:
    """How one mapping writes numbers, dates and times. `zone`: where times without an offset are;
    `native_dates`: the file may hold real dates, which follow no format."""

    entity: Entity
    mapping: EntityMapping
    columns: dict[str, ColumnMapping]
    zone: str
    native_dates: bool

    def typed(self, name: str) -> str:
        """The text column `name`, read into its type; NULL where it cannot be."""
        column, value = self.entity.column(name), sql.name(name)
        match column.type:
            case "text":
                return value
            case "boolean":
                return f"try_cast({value} as boolean)"
            case "money" | "decimal":
                return f"try_cast({self._number(value)} as {column.sql_type})"
            case "integer":
                return self._whole(value)
            case "date":
                return self._date(name)
            case "timestamp":
                return self._timestamp(name)

    def _number(self, value: str) -> str:
        plain = f"translate({value}, {sql.text(_SPACES)}, '')"
        if self.mapping.decimal == ".":
            return plain
        # With a decimal comma a point could only set thousands apart: 1.234 has no sure reading.
        return f"case when not contains({value}, '.') then replace({plain}, ',', '.') end"

    def _whole(self, value: str) -> str:
        # A plain cast would round 12.7 to 13 in silence; the exact one is slow, so it only sees
        # what is not all digits.
        plain = self._number(value)
        exact = f"try_cast({plain} as decimal(38, 6))"
        return f"""
            case
                when translate({plain}, '.eE', '') = {plain} then try_cast({plain} as bigint)
                when {exact} = trunc({exact}) then try_cast({exact} as bigint)
            end
        """

    def _formats(self, name: str) -> list[str]:
        mapping, column = self.mapping, self.columns[name]
        usual = [mapping.date_format]
        if self.entity.column(name).type == "timestamp":
            usual.insert(0, mapping.datetime_format)
        return [column.format] if column.format else [known for known in usual if known]

    def _date(self, name: str) -> str:
        value = sql.name(name)
        plain = _finite(f"try_cast({value} as date)")
        if not (formats := self._formats(name)):
            return plain
        parsed = f"cast(try_strptime({value}, [{sql.texts(formats)}]) as date)"
        return f"coalesce({parsed}, {plain})" if self.native_dates else parsed

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
        value = sql.name(name)
        # The session's zone is the source's: a text without an offset is local, one with is not.
        plain = _finite(f"try_cast({value} as timestamptz)")
        if not (formats := self._formats(name)):
            return plain
        parsed = f"try_strptime({value}, [{sql.texts(formats)}])"
        parsed = f"cast({parsed} as timestamptz)"
        return f"coalesce({parsed}, {plain})" if self.native_dates else parsed

    def expected(self, name: str) -> str:
        """Why a value is in quarantine that `typed` could not read."""
        column = self.entity.column(name)
        if column.type in ("date", "timestamp"):
            what = "date" if column.type == "date" else "date and time"
            formats = " or ".join(self._formats(name))
            return f"is no {what} of the format {formats or 'YYYY-MM-DD'}"
        if column.type == "boolean":
            return "is neither true nor false"
        what = "whole number" if column.type == "integer" else "number"
        sign = "comma" if self.mapping.decimal == "," else "point"
        return f"is no {what} (decimal {sign})"


def _finite(value: str) -> str:
    # DuckDB also reads `infinity` as a date.
    return f"case when isfinite({value}) then {value} end"
