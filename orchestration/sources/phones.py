"""Phone numbers in their normal form."""

import phonenumbers

# A night keeps what it has read: raise this number when `e164` reads a spelling differently.
VERSION = f"{phonenumbers.__version__} 2"

_COUNTING = "1234567890"


def e164(spelling: str, country: str) -> str | None:
    """The phone number in E.164, or None if it is not a phone number. Only its length is checked: a
    number that is not in use (yet) is accepted. A number of one digit repeated, or one that counts
    up from 1, is a placeholder that many clients can have: it is none of theirs."""
    if spelling.startswith("00"):
        # The international prefix of most countries; no national number begins with it.
        spelling = f"+{spelling[2:]}"
    try:
        number = phonenumbers.parse(spelling, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    digits = phonenumbers.national_significant_number(number)
    if len(set(digits)) == 1 or _COUNTING.startswith(digits):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
