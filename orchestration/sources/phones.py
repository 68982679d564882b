"""Phone numbers in their normal form."""

import phonenumbers


def e164(spelling: str, country: str) -> str | None:
    """The phone number in E.164, or None if it is not a phone number. Only its length is checked: a
    number that is not in use (yet) is accepted."""
    try:
        number = phonenumbers.parse(spelling, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
