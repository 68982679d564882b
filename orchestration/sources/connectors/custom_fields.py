"""Which custom fields of an account a vendor's config may map, and to which columns."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CustomFields:
    """`columns`: by entity, those that a custom field may fill. `id`: the pattern of the vendor's
    field ids; `example`: one of them."""

    columns: Mapping[str, Collection[str]]
    id: str
    example: str

    def check(self, mapped: Mapping[str, Mapping[str, str]], delivered: Collection[str]) -> None:
        """Raise ValueError if the config names an entity, column or id that would never be read."""
        for entity, fields in mapped.items():
            _expect("custom_fields", entity, [one for one in self.columns if one in delivered])
            for column, field in fields.items():
                _expect(f"custom_fields.{entity}", column, self.columns[entity])
                if not re.fullmatch(self.id, field):
                    raise ValueError(
                        f"custom_fields.{entity}.{column} is `{field}`, expected the id of a field"
                        f" such as {self.example}"
                    )


def _expect(section: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ValueError(f"{section} has `{name}`, expected one of {', '.join(known)}")
