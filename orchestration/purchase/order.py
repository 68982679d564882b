"""The records of one order, as they were found."""

from dataclasses import dataclass
from datetime import datetime

from orchestration.purchase.wanted import Wanted
from orchestration.purchase.warehouse import Row


@dataclass(frozen=True)
class Order:
    """One order. `lead`, `deal`: their rows in the star, None where there is none. `customer_id`:
    the keyed hash of the client. `others`: further leads and deals of the client that are not
    followed. `sharers`: how many clients have the identifier, where they are several;
    `blocked_as`: why they are not taken for one."""

    wanted: Wanted
    lead: Row | None = None
    deal: Row | None = None
    customer_id: str | None = None
    others: int = 0
    sharers: int = 0
    blocked_as: str | None = None

    @property
    def lead_id(self) -> str | None:
        return self.lead["lead_id"] if self.lead else None

    @property
    def deal_id(self) -> str | None:
        return self.deal["deal_id"] if self.deal else None

    @property
    def is_test(self) -> bool:
        """Whether one of its records is marked as a test."""
        return any(record["is_test"] for record in (self.lead, self.deal) if record)

    @property
    def is_spam(self) -> bool:
        return bool(self.lead and self.lead["is_spam"])

    @property
    def ordered_at(self) -> datetime | None:
        """When the client ordered: the creation of the lead, else of the deal; UTC."""
        record = self.lead or self.deal
        return record["created_at"] if record else None
