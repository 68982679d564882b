"""The rows of a list, filtered and ordered as requested."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from orchestration.emulators.amocrm import records
from orchestration.emulators.amocrm.fields import FIELD_IDS
from orchestration.emulators.amocrm.history import history
from orchestration.emulators.amocrm.values import seconds
from orchestration.emulators.company import Company


@dataclass
class Lists:
    """The lists of one account. `session_id`: SQL of the session id of telephony. `takes_ends`:
    whether the first and the last second of a filter of events count."""

    company: Company
    has_minor_units: bool
    session_id: str
    takes_ends: bool = True
    _read: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget the rows: the company has changed."""
        self._read.clear()

    def _all(self, what: str, read: Callable[[], Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
        """All rows of a list, computed once per state of the company."""
        key = (self.company.state, what)
        if key not in self._read:
            self._read[key] = list(read())
        return self._read[key]

    def users(self, asked: QueryParams) -> list[dict[str, Any]]:
        return list(records.users(self.company))

    def cards(self, asked: QueryParams) -> list[dict[str, Any]]:
        wanted = asked.get("with", "").split(",")
        cards = [
            card
            for card in self._all(
                "cards", lambda: records.cards(self.company, self.has_minor_units)
            )
            if card["is_deleted"] == ("only_deleted" in wanted)
        ]
        if "only_deleted" in wanted:
            return [in_trash(card) for card in _changed(cards, asked)]
        # Contacts and loss reasons are included only on request.
        hidden = {"contacts", "loss_reason"} - set(wanted)
        return [
            card | {"_embedded": {k: v for k, v in card["_embedded"].items() if k not in hidden}}
            for card in _changed(cards, asked)
        ]

    def contacts(self, asked: QueryParams) -> list[dict[str, Any]]:
        return _changed(self._all("contacts", lambda: records.contacts(self.company)), asked)

    def events(self, asked: QueryParams) -> list[dict[str, Any]]:
        """Past events, the newest first."""
        events = self._all(
            "events",
            lambda: sorted(history(self.company), key=lambda one: one["id"], reverse=True),
        )
        first = int(asked.get("filter[created_at][from]", 0))
        now = seconds(self.company.today) - 1
        last = min(int(asked.get("filter[created_at][to]", now)), now)
        if not self.takes_ends:
            first, last = first + 1, last - ("filter[created_at][to]" in asked)
        types = asked["filter[type]"].split(",")
        return [e for e in events if first <= e["created_at"] <= last and e["type"] in types]

    def tasks(self, asked: QueryParams) -> list[dict[str, Any]]:
        """Sorted by id; the vendor cannot sort them by the time of change."""
        assert "order[updated_at]" not in asked
        changed = _changed(self._all("tasks", lambda: records.tasks(self.company)), asked)
        return sorted(changed, key=lambda task: task["id"])

    def notes(self, place: str) -> Callable[[QueryParams], list[dict[str, Any]]]:
        """The notes of cards, contacts or companies."""

        def noted(asked: QueryParams) -> list[dict[str, Any]]:
            assert asked.getlist("filter[note_type][]") == ["call_in", "call_out"]
            notes = self._all("notes", lambda: records.notes(self.company, self.session_id))
            return _changed([note for note in notes if note["noted_at"] == place], asked)

        return noted

    def card_fields(self, asked: QueryParams) -> list[dict[str, Any]]:
        return _fields("deals", "leads")

    def contact_fields(self, asked: QueryParams) -> list[dict[str, Any]]:
        return _fields("contacts")


def in_trash(card: dict[str, Any]) -> dict[str, Any]:
    """A card in the list of the trash: only the deletion and its time."""
    told = {key: card[key] for key in ("id", "updated_at", "is_deleted")}
    return dict.fromkeys(card) | told | {"_embedded": {"tags": [], "companies": []}}


def _fields(*entities: str) -> list[dict[str, Any]]:
    return [{"id": number} for entity in entities for number in FIELD_IDS[entity].values()]


def _changed(rows: list[dict[str, Any]], asked: QueryParams) -> list[dict[str, Any]]:
    """The rows whose time of change is requested, in the requested order."""
    first = int(asked.get("filter[updated_at][from]", 0))
    last = int(asked.get("filter[updated_at][to]", 2**40))
    rows = [row for row in rows if first <= row["updated_at"] <= last]
    return sorted(rows, key=lambda row: (row["updated_at"], row["id"]))
