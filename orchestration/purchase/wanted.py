"""What the person named: one identifier of a client or one id of a record."""

from dataclasses import dataclass
from typing import Literal

from orchestration.core.errors import ConfigError
from orchestration.sources.phones import e164

Kind = Literal["phone", "email", "client_id", "order", "deal", "lead"]
OPTIONS: dict[Kind, str] = {
    "phone": "--phone",
    "email": "--email",
    "client_id": "--client-id",
    "order": "--order",
    "deal": "--deal",
    "lead": "--lead",
}
PERSONAL: tuple[Kind, ...] = ("phone", "email", "client_id")


@dataclass(frozen=True)
class Wanted:
    """`value` in its normal form: a phone in E.164, an e-mail in lower case."""

    kind: Kind
    value: str

    @property
    def is_record(self) -> bool:
        """Whether it is the id of a record and not an identifier of a client."""
        return self.kind not in PERSONAL

    @property
    def shown(self) -> str:
        """For a person to read: only the last two characters of a personal value."""
        name = self.kind.replace("_", " ")
        if self.is_record:
            return f"{name} `{self.value}`"
        return f"{name} ***{self.value.partition('@')[0][-2:]}"


def read_wanted(given: dict[Kind, str | None], country: str) -> Wanted:
    """The one thing that is given; a phone without a country code is read as of `country` (ISO
    3166-1 alpha-2).

    Raises ConfigError if none or several are given, or if the value cannot be read. The error does
    not repeat the value.
    """
    kind = only_given(given)
    value = (given[kind] or "").strip()
    option = OPTIONS[kind]
    if not value:
        raise ConfigError(f"{option} is empty, expected a value")
    if kind == "phone":
        number = e164(value, country)
        if number is None:
            raise ConfigError(
                f"{option} is not a phone number of {country}, expected one like +79991234567"
            )
        return Wanted(kind, number)
    if kind == "email":
        name, at, domain = value.lower().rpartition("@")
        if not (name and at and domain) or any(sign.isspace() for sign in value):
            raise ConfigError(f"{option} is not an e-mail, expected one like name@example.org")
        return Wanted(kind, value.lower())
    return Wanted(kind, value)


def only_given(given: dict[Kind, str | None]) -> Kind:
    """The kind of the only thing given. Raises ConfigError if none or several are given."""
    named = [kind for kind, value in given.items() if value is not None]
    if len(named) != 1:
        found = ", ".join(OPTIONS[kind] for kind in named) or "nothing to look for"
        expected = ", ".join(OPTIONS.values())
        raise ConfigError(f"check-purchase was given {found}, expected one of {expected}")
    return named[0]
