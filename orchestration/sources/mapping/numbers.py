"""Texts as numbers: SQL that reads a text as a whole or a decimal number, or gives NULL.

A text is read only where it has one reading: its thousands are set apart by one known sign, and
what else stands beside the digits is a unit that the mapping names.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from orchestration.core import sql

# A unit around a number, such as the brackets with which accountants write a negative number.
BRACKETS = "()"

# A space, a no-break space or a thin space, depending on the program that exported.
_SPACES = " \u00a0\u202f\u2009"
_APOSTROPHES = "'\u2019"
_SEPARATORS = {" ": (_SPACES,), "'": (_APOSTROPHES,)}
_MINUS = "\u2212"
_SIGN = f"[+{_MINUS}-]"


def power_of_ten(factor: float) -> int | None:
    """The exponent of a factor such as 0.01 or -1000; None if it is not a power of ten."""
    _, digits, exponent = Decimal(str(factor)).normalize().as_tuple()
    return int(exponent) if digits == (1,) else None


@dataclass(frozen=True)
class Numbers:
    """How a mapping writes numbers: its `decimal` sign, the sign that sets `thousands` apart (None:
    a space or an apostrophe), and its `units`: what may stand beside a number, and what it
    multiplies it by."""

    decimal: str
    thousands: str | None
    units: dict[str, float]

    def exact(self, value: str, sql_type: str) -> str:
        """The text `value` as a decimal number of `sql_type`."""
        return sql.decimal(self._plain(value), sql_type)

    def whole(self, value: str) -> str:
        """The text `value` as a whole number. A plain cast would round 12.7 to 13 without an
        error."""
        exact = self.exact(value, "decimal(38, 6)")
        # With a decimal comma, 12,000 may mean twelve or twelve thousand.
        unsure = rf"{re.escape(self.decimal)}000(?:\D|$)"
        return f"""
            case
                when regexp_full_match({value}, '-?[0-9]+') then try_cast({value} as bigint)
                when {exact} = trunc({exact}) and not regexp_matches({value}, {sql.text(unsure)})
                    then try_cast({exact} as bigint)
            end
        """

    def is_dressed(self, value: str) -> str:
        """Whether the text `value` would be a number with another sign of thousands or a unit."""
        thousands = rf"\D*\d{{1,3}}(?:[^\d{re.escape(self.decimal)}]\d{{3}})+(?:\D\d*)?\D*"
        unit, digits = r"[\p{L}\p{Sc}%()]", rf"\d[\d.,{_APOSTROPHES}{_SPACES}]*"
        shapes = [thousands, rf"\D*{unit}\D*{digits}\D*", rf"\D*{digits}{unit}\D*"]
        return f"regexp_full_match({value}, {sql.text('|'.join(shapes))})"

    def has_other_decimal(self, value: str) -> str:
        """Whether the text `value` would be a number with the other decimal sign."""
        other = re.escape("," if self.decimal == "." else ".")
        pattern = rf"{_SIGN}?[\d{_APOSTROPHES}{_SPACES}]*{other}(?:\d{{1,2}}|\d{{4,}})"
        return f"regexp_full_match({value}, {sql.text(pattern)})"

    def _plain(self, value: str) -> str:
        """The text `value` as SQL writes a number, NULL where it has no sure reading."""
        # Most numbers are plain, and this is much faster.
        plain = r"-?\d+(?:\.\d+)?" if self.decimal == "." else r"-?\d+"
        grouped = rf"{_SIGN}?{self._digits}(?:[eE][+-]?\d+)?"
        return f"""
            case
                when regexp_full_match({value}, {sql.text(plain)}) then {value}
                when regexp_full_match({value}, {sql.text(grouped)}) then {self._written(value)}
                {f"else {self._measured(value)}" if self.units else ""}
            end
        """

    @property
    def _separators(self) -> tuple[str, ...]:
        if self.thousands is None:
            # Both have only this meaning in a number.
            return (_SPACES, _APOSTROPHES)
        return _SEPARATORS.get(self.thousands, (self.thousands,))

    @property
    def _digits(self) -> str:
        """The pattern of digits: thousands may be set apart, and decimals may follow."""
        point = re.escape(self.decimal)
        grouped = [rf"\d{{1,3}}(?:[{re.escape(signs)}]\d{{3}})+" for signs in self._separators]
        whole = "|".join([r"\d+", *grouped])
        return rf"(?:(?:{whole})(?:{point}\d*)?|{point}\d+)"

    def _written(self, value: str) -> str:
        """A text of signs and digits, as SQL writes them."""
        given = f"{self.decimal}{_MINUS}{''.join(self._separators)}"
        return f"translate({value}, {sql.text(given)}, '.-')"

    def _measured(self, value: str) -> str:
        """A number with units. They are powers of ten, so no digit is rounded."""
        beside = {unit: factor for unit, factor in self.units.items() if unit != BRACKETS}
        longest_first = sorted(beside, key=lambda unit: (-len(unit), unit))
        unit = f"({'|'.join(map(re.escape, [*longest_first, '']))})"
        opens, closes = (r"(\(?)", r"(\)?)") if BRACKETS in self.units else ("()", "()")
        parts = {
            "opens": opens,
            "sign": f"({_SIGN}?)",
            "before": unit,
            "inner_sign": f"({_SIGN}?)",
            "digits": f"({self._digits})",
            "after": unit,
            "closes": closes,
        }
        pattern = f"^{f'[{_SPACES}]*'.join(parts.values())}$"
        found = f"regexp_extract({value}, {sql.text(pattern)}, [{sql.texts(parts)}])"
        minuses = {unit: "-" for unit, factor in beside.items() if factor < 0}
        powers = {unit: f"{power_of_ten(factor)}" for unit, factor in beside.items()}
        number = [
            f"case {found}.opens when '(' then '-' else '' end",
            *(self._written(f"{found}.{sign}") for sign in ("sign", "inner_sign")),
            *(_looked_up(f"{found}.{place}", minuses, "") for place in ("before", "after")),
            self._written(f"{found}.digits"),
        ]
        power = " + ".join(
            f"cast({_looked_up(f'{found}.{place}', powers, '0')} as integer)"
            for place in ("before", "after")
        )
        return f"""
            case
                when {found}.digits <> '' and ({found}.opens = '') = ({found}.closes = '')
                    then {" || ".join(number)} || 'E' || ({power})
            end
        """


def _looked_up(value: str, meanings: dict[str, str], otherwise: str) -> str:
    if not meanings:
        return sql.text(otherwise)
    branches = " ".join(f"when {sql.text(k)} then {sql.text(m)}" for k, m in meanings.items())
    return f"case {value} {branches} else {sql.text(otherwise)} end"
