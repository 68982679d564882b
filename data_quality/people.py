"""Gate 1: whether an e-mail or an extension that calls name is that of one user."""

from collections.abc import Iterator

from data_quality.checks import Rule

_IS_ACTIVE = "coalesce(is_active, left_on is null)"
_MAILBOX = "lower(trim(email))"
# Of two users with one extension the later comer has it.
_EXTENSION = "(phone_ext, coalesce(hired_on, date '1900-01-01'))"


def _of_several(key: str) -> str:
    """The e-mails or extensions of several active users; merged users are one."""
    return (
        f"select {key} from landing.users where {_IS_ACTIVE} and user_id not in"
        " (select merge.loser_id from landing.merges as merge"
        " where merge.entity = 'users' and merge.loser_id is not null)"
        " group by all having count(distinct user_id) > 1"
    )


def people_rules() -> Iterator[Rule]:
    """The rules over the users of one source."""
    unnamed = "from landing.calls as call where call.user_id is null"
    yield Rule(
        "user_told_apart",
        "uniqueness",
        "warn",
        1.0,
        f"{_IS_ACTIVE} and ("
        f"{_MAILBOX} in (select lower(trim(call.user_email)) {unnamed})"
        f" and {_MAILBOX} in ({_of_several(_MAILBOX)})"
        f" or phone_ext in (select call.phone_ext {unnamed} and call.user_email is null)"
        f" and {_EXTENSION} in ({_of_several(_EXTENSION)}))",
        "share the e-mail or the extension that calls tell them by with another active user",
        "give each user one, or map `calls.user_id`; until then these calls count for manager"
        " `unassigned`",
        ("user_id",),
    )
