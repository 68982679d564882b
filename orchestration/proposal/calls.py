"""Calls whose file has no id of a call, or two numbers in place of the client's."""

from collections.abc import Sequence

from orchestration.core import sql
from orchestration.proposal import reading, tables
from orchestration.proposal.guess import Block, Guess, header_of
from orchestration.proposal.samples import Sample
from orchestration.proposal.tables import normal

RECIPE = "docs/how-to/files.md#a-list-of-calls-with-durations"
# The columns that together are those of one call.
_OF_ONE = ("started_at", "client_phone", "line_phone", "phone_ext", "user_id", "talk_seconds")


def complete(sample: Sample, found: Block) -> None:
    """Add the query that makes an id of a call and says which number is the client's."""
    guesses = {guess.column: guess for guess in found.guesses}
    sides = _sides(sample)
    computed: list[str] = []
    if "call_id" not in guesses:
        mapped = [header_of(guesses[one].value) for one in _OF_ONE if one in guesses]
        parts = [name for name in dict.fromkeys([*mapped, *sides]) if name]
        if "started_at" in guesses and len(parts) > 1:
            computed.append(f"md5(concat_ws('|', {sql.names(parts)})) as call_id")
            why = f"no column has an id: the query makes one, see {RECIPE}"
            found.doubts = [one for one in found.doubts if one.column != "call_id"]
            found.guesses.append(Guess("call_id", "call_id", why))
        else:
            found.notes.append(f"where no column is an id of the call, a query makes one: {RECIPE}")
    if "client_phone" not in guesses:
        computed += _numbers(sample, found, sides)
    if computed:
        lines = ",\n".join(f"        {one}" for one in ["*", *computed])
        found.keys["query"] = f"    select\n{lines}\n    from file\n"


def _sides(sample: Sample) -> list[str]:
    """The columns of who called and who was called; empty if one is not there, or not sure."""
    known = tables.values("side")
    headers = [
        [header for header in sample.columns if known.get(normal(header)) == side]
        for side in ("from", "to")
    ]
    return [one for (one,) in headers] if all(len(one) == 1 for one in headers) else []


def _numbers(sample: Sample, found: Block, sides: Sequence[str]) -> list[str]:
    """The columns of the query with the client's number and the company's: by the direction."""
    guess = next((one for one in found.guesses if one.column == "direction"), None)
    header = header_of(guess.value) if guess else None
    if not sides or guess is None or header is None:
        found.notes.append(
            f"no column is known to have the client's phone: the calls have no client ({RECIPE})"
        )
        return []
    words = guess.value["values"] if isinstance(guess.value, dict) else {"in": "in", "out": "out"}
    way = {of: [word for word, meant in words.items() if meant == of] for of in ("in", "out")}
    caller, called = map(sql.name, sides)

    def number(incoming: str, outgoing: str, column: str) -> str:
        cases = [
            f"when {sql.name(header)} in ({sql.texts(way[of])}) then {one}"
            for of, one in (("in", incoming), ("out", outgoing))
            if way[of]
        ]
        return f"case {' '.join(cases)} end as {column}"

    if not (way["in"] or way["out"]):
        return []
    why = f"`{sides[0]}` of calls in, `{sides[1]}` of calls out"
    computed = [number(caller, called, "client_phone")]
    found.guesses.append(Guess("client_phone", "client_phone", why))
    other = _company_number(sample, header, sides, way)
    taken = {one.column for one in found.guesses} | {one.column for one in found.doubts}
    if other and other not in taken:
        computed.append(number(called, caller, other))
        found.guesses.append(Guess(other, other, "the other number: that of the company"))
    found.doubts = [one for one in found.doubts if one.column != "client_phone"]
    found.unused = [name for name in found.unused if name not in sides]
    return computed


def _company_number(
    sample: Sample, direction: str, sides: Sequence[str], way: dict[str, list[str]]
) -> str | None:
    """What the number of the company is: an extension is short, the number of a line is not."""
    place = sample.columns.index(direction)
    own = {"in": sample.columns.index(sides[1]), "out": sample.columns.index(sides[0])}
    seen = [row[own[of]] for row in sample.rows for of in own if row[place] in way[of]]
    lengths = [reading.digits(one) for one in seen if one]
    if lengths and max(lengths) <= 5:
        return "phone_ext"
    return "line_phone" if lengths and min(lengths) >= 7 else None
