"""What is in a list for who asks for it: filtered and in the order that amoCRM gives."""

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
    """The lists of one account; `session_id` is SQL of the id that telephony has for a session."""

    company: Company
    has_minor_units: bool
    session_id: str
    _read: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def forget(self) -> None:
        """The company has changed: what was read of it holds no more."""
        self._read.clear()

    def _all(self, what: str, read: Callable[[], Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
        """All of something, read once as long as the company stands still."""
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
        # Contacts and reasons come to who asks for them.
        hidden = {"contacts", "loss_reason"} - set(wanted)
        return [
            card | {"_embedded": {k: v for k, v in card["_embedded"].items() if k not in hidden}}
            for card in _changed(cards, asked)
        ]

    def contacts(self, asked: QueryParams) -> list[dict[str, Any]]:
        return _changed(self._all("contacts", lambda: records.contacts(self.company)), asked)

    def events(self, asked: QueryParams) -> list[dict[str, Any]]:
        """Newest first, and nothing that is still to come."""
        events = self._all(
            "events",
            lambda: sorted(history(self.company), key=lambda one: one["id"], reverse=True),
        )
        first = int(asked.get("filter[created_at][from]", 0))
        now = seconds(self.company.today) - 1
        last = min(int(asked.get("filter[created_at][to]", now)), now)
        types = asked["filter[type]"].split(",")
        return [e for e in events if first <= e["created_at"] <= last and e["type"] in types]

    def notes(self, place: str) -> Callable[[QueryParams], list[dict[str, Any]]]:
        """The notes at cards, at contacts or at companies."""

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
    """A card as the list of the trash shows it: that it is deleted and when, and nothing else."""
    told = {key: card[key] for key in ("id", "updated_at", "is_deleted")}
    return dict.fromkeys(card) | told | {"_embedded": {"tags": [], "companies": []}}


def _fields(*entities: str) -> list[dict[str, Any]]:
    return [{"id": number} for entity in entities for number in FIELD_IDS[entity].values()]


def _changed(rows: list[dict[str, Any]], asked: QueryParams) -> list[dict[str, Any]]:
    """The rows of the time of change that is asked for, in its order."""
    first = int(asked.get("filter[updated_at][from]", 0))
    last = int(asked.get("filter[updated_at][to]", 2**40))
    rows = [row for row in rows if first <= row["updated_at"] <= last]
    return sorted(rows, key=lambda row: (row["updated_at"], row["id"]))
