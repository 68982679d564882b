"""The ids of Bitrix24: SQL from the company's own ids."""

from orchestration.sources.demo.reference import STAGES

CATEGORIES = {"b2c": "1", "b2b": "2"}
ENDS = {"won": "WON", "lost": "LOSE"}
QUALIFIED = "UC_GOOD1"


def number(column: str) -> str:
    """SQL of the number in an id of the company; each of deals, leads and contacts has its own
    numbers."""
    return f"cast(cast(substr({column}, 2) as bigint) as varchar)"


deal_id = lead_id = contact_id = company_id = user_id = number


def message_id(column: str) -> str:
    """SQL of the id of an activity; calls have smaller ones."""
    return f"cast(10000000 + cast(substr({column}, 2) as bigint) as varchar)"


def task_id(column: str) -> str:
    return f"cast(20000000 + cast(substr({column}, 2) as bigint) as varchar)"


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then '1' when {column} is not null then '2' end"


STAGE_IDS = {
    stage: f"C{CATEGORIES[stage[:3]]}:{ENDS.get(semantics, stage[4:].upper())}"
    for stage, _, semantics, *_ in STAGES
}
POST_WON = STAGE_IDS["b2b_delivered"]


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{id_}'" for stage, id_ in STAGE_IDS.items())
    return f"case {column} {whens} end"
