"""The time spans in which a list is read: no empty ones, and as few as possible."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from orchestration.sources.crm.bitrix24.api import PAGE, Bitrix24Api
from orchestration.sources.crm.bitrix24.queries import Params

# The rows of a span are landed together: a month, or longer if there are few rows.
SLICE_DAYS = 30
# One request may take a minute, and whole rows cost the portal more than ids.
PAGES_AT_ONCE = 20
ROWS_AT_ONCE = PAGES_AT_ONCE * PAGE
# A span with more rows is read in parts: after an import or a mass change a month may have all rows
# of the portal, and a kill would lose all that was read of them.
CROWDED_ROWS = 20 * ROWS_AT_ONCE
# A span that is not divided any more.
SHORTEST = timedelta(minutes=1)

Span = tuple[datetime, datetime]


def spans(
    bitrix: Bitrix24Api, method: str, asked: Callable[[datetime, datetime], Params], begin: datetime
) -> Iterator[Span]:
    """The spans from `begin` to now, the oldest first. `asked`: the filter of the list for a span,
    both ends included.

    A first load of a new portal, or of a rarely used list, would request hundreds of empty months:
    the rows after the last month are counted first in one request, and if there are many, in one
    request for every fifty months.
    """
    months = list(_months(begin, bitrix.now))
    *past, (last, _) = months
    if past:
        whole = (begin, last)
        rows = bitrix.count(method, _ids(asked(*whole)))
        if rows > ROWS_AT_ONCE:
            counts = bitrix.counts(method, [_ids(asked(*month)) for month in past])
            yield from _joined(past, counts)
        elif rows:
            yield whole
    # The last span ends at the current time: it includes changes since `begin` was requested.
    yield last, bitrix.now


def _months(begin: datetime, end: datetime) -> Iterator[Span]:
    """The time in slices; at least one."""
    slice_ = timedelta(days=SLICE_DAYS)
    yield begin, min(begin + slice_, end)
    while (begin := begin + slice_) < end:
        yield begin, min(begin + slice_, end)


def _joined(months: list[Span], counts: list[int | None]) -> Iterator[Span]:
    """Drop months without rows, and merge neighbours with few rows. A month without a count (None)
    stays as it is."""
    joined: Span | None = None
    rows = 0
    for (first, last), count in zip(months, counts, strict=True):
        is_too_much = count is None or rows + count > ROWS_AT_ONCE
        if joined and is_too_much:
            yield joined
            joined, rows = None, 0
        if count is None:
            yield first, last
        elif count:
            joined, rows = (joined[0] if joined else first, last), rows + count
    if joined:
        yield joined


def parts(
    bitrix: Bitrix24Api,
    method: str,
    asked: Callable[[datetime, datetime], Params],
    span: Span,
) -> Iterator[Span]:
    """The span in parts with at most CROWDED_ROWS rows each, or of SHORTEST: it is halved, and each
    half that still has too many. `asked` as for `spans`."""
    known: dict[Span, int | None] = {span: None}
    crowded = [span]
    while crowded:
        halves = [half for one in crowded for half in _halves(*one)]
        counts = bitrix.counts(method, [_ids(asked(*half)) for half in halves])
        for one in crowded:
            del known[one]
        known.update(zip(halves, counts, strict=True))
        crowded = [
            half
            for half, count in zip(halves, counts, strict=True)
            if (count or 0) > CROWDED_ROWS and half[1] - half[0] > SHORTEST
        ]
    return (one for one, count in sorted(known.items(), key=lambda item: item[0]) if count != 0)


def _halves(begin: datetime, end: datetime) -> tuple[Span, Span]:
    """In whole seconds, as filters have no others."""
    middle = begin + timedelta(seconds=(end - begin) // timedelta(seconds=2))
    return (begin, middle), (middle, end)


def _ids(params: Params) -> Params:
    return {**params, "select": ["ID"]}
