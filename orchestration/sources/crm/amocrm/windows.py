"""A list that the vendor does not sort by its time of change, read in windows of that time."""

from collections.abc import Iterator

from orchestration.sources.crm.amocrm.api import AmocrmApi, Page

_DAYS = 30 * 86_400


class Windows:
    """A row that changes while the list is read leaves its window, and the rows after it would move
    past a counted page. So a window is halved until it fits on one page."""

    def __init__(self, amo: AmocrmApi, kind: str, size: int) -> None:
        """`kind`: the path and the name of the list; `size`: the rows of a page."""
        self._amo = amo
        self._kind = kind
        self._size = size

    def since(self, first: int, now: int) -> Iterator[list[Page]]:
        """The rows that changed in the second `first` or later, a window at a time, the oldest
        first. `now`: a second from which on few rows are expected."""
        return self._windows(first, max(first, now), None)

    def between(self, first: int, last: int) -> Iterator[list[Page]]:
        """The rows that changed in the seconds from first to last, both included."""
        return self._windows(first, last, last)

    def _windows(self, first: int, near: int, last: int | None) -> Iterator[list[Page]]:
        """To the second `last`, or to what changed a moment ago; then `near` is where the last
        window begins or goes on."""
        seconds, crowded_until = _DAYS, 0
        while first <= near:
            end = first + seconds - 1
            page = self._ask(first, end if end < near else last, first <= crowded_until)
            if page.next and seconds > 1:
                seconds, crowded_until = max(1, min(seconds, near - first + 1) // 2), end
                continue
            pages = [page]
            # More rows changed in one second than fit on a page.
            while following := pages[-1].next:
                pages.append(self._amo.page(following, self._kind, promised=True))
            yield pages
            first, seconds = end + 1, seconds * 2

    def _ask(self, first: int, last: int | None, is_crowded: bool) -> Page:
        """`is_crowded`: rows are expected, so an empty answer is requested again."""
        asked: dict[str, int | str] = {
            "limit": self._size,
            "order[id]": "asc",
            "filter[updated_at][from]": first,
        }
        if last is not None:
            asked["filter[updated_at][to]"] = last
        return self._amo.page(self._kind, self._kind, promised=is_crowded, **asked)
