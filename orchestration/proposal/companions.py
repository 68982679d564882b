"""More tables that the file of deals holds: its leads and its managers."""

from dataclasses import replace

from orchestration.proposal.guess import Block, Guess, block, header_of
from orchestration.proposal.samples import Sample

_TRACES = (
    "channel",
    *("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "click_id"),
)
_CONTACTS = ("phone", "email")
_OF_LEADS = (*_TRACES, *_CONTACTS, "created_at", "client_id", "owner_id", "contact_id", "city")
_STAGES = (
    "a list of its stages in their order (`stages`, with `columns.pipeline_id` and"
    " `columns.stage_id` in place of `columns.status`) gives the funnel:"
    " docs/how-to/files.md#a-complete-example"
)


def companions(sample: Sample, deals: Block, there: set[str]) -> list[Block]:
    """The tables to offer beside a table of deals; `there`: the entities that the folder has."""
    guesses = {guess.column: guess for guess in deals.guesses}
    if not deals.is_whole or "deal_id" not in guesses:
        return []
    offered = []
    if "leads" not in there and (leads := _leads(sample, deals, guesses)):
        offered.append(leads)
    owner = header_of(guesses["owner_id"].value) if "owner_id" in guesses else None
    if "users" not in there and owner:
        filled = [*dict.fromkeys([*deals.keys.get("only_if", []), owner])]
        keys = _keys(deals) | {"only_if": filled, "distinct": True}
        why = "the managers as a table: their names in the reports"
        users = Block("users", deals.path, why, keys, is_offered=True)
        users.guesses = [
            Guess(column, owner, "the owner of a deal") for column in ("user_id", "name")
        ]
        if "calls" in there:
            users.notes.append(
                "calls with an extension are a manager's once `columns.phone_ext` translates the"
                " names: { column, values = { name = extension } }"
            )
        offered.append(users)
    if "stages" not in there and "status" in guesses:
        deals.notes.append(_STAGES)
    return offered


def _leads(sample: Sample, deals: Block, guesses: dict[str, Guess]) -> Block | None:
    """Each deal as a lead, if the file says where from, or of whom."""
    found = block(sample, "leads", deals.path, "")
    kept = [guess for guess in found.guesses if guess.column in _OF_LEADS]
    names = {guess.column for guess in kept}
    if "created_at" not in names or not names & {*_TRACES, *_CONTACTS}:
        return None
    what = ["the channels of the deals"] if names & {*_TRACES} else []
    what += ["their calls"] if "phone" in names else []
    why = f"each deal as a lead: gives {' and '.join(what or ['the clients of the deals'])}"
    own = [replace(guesses["deal_id"], column=column) for column in ("lead_id", "deal_id")]
    return Block("leads", deals.path, why, _keys(deals), guesses=[*own, *kept], is_offered=True)


def _keys(deals: Block) -> dict[str, object]:
    """How the file of the deals is read, without what concerns numbers only."""
    return {
        key: one for key, one in deals.keys.items() if key not in ("decimal", "thousands", "units")
    }
