"""The ids of amoCRM: SQL from the company's own ids."""

from orchestration.sources.demo.reference import STAGES

LEAD_PIPELINE, PIPELINES = 30, {"b2c": 31, "b2b": 32}
NEW, QUALIFIED = 3001, 3003
WON, LOST = 142, 143


def _number(column: str) -> str:
    return f"cast(substr({column}, 2) as bigint)"


def deal_id(column: str) -> str:
    """SQL of the id of a deal's card; ids of inquiries are between those of deals."""
    return f"cast({_number(column)} * 2 as varchar)"


def lead_id(column: str) -> str:
    return f"cast({_number(column)} * 2 + 1 as varchar)"


def user_id(column: str) -> str:
    return f"cast(9000000 + {_number(column)} as varchar)"


def contact_id(column: str) -> str:
    return f"cast(5000000 + {_number(column)} as varchar)"


def company_id(column: str) -> str:
    return f"cast(6000000 + {_number(column)} as varchar)"


def message_id(column: str) -> str:
    """SQL of the id of a message; a letter or an SMS has the id of its note."""
    return (
        f"if(channel in ('email', 'sms') and direction != 'internal', '', 'm-')"
        f" || cast(800000 + {_number(column)} as varchar)"
    )


def task_id(column: str) -> str:
    return f"cast(400000 + {_number(column)} as varchar)"


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then '31' when {column} is not null then '32' end"


# By the id of the company. Won and lost have the same id in all pipelines.
STAGE_IDS = {
    stage: {"won": WON, "lost": LOST}.get(semantics, PIPELINES[stage[:3]] * 100 + order)
    for order, (stage, _, semantics, *_) in enumerate(STAGES, 1)
}
POST_WON = STAGE_IDS["b2b_delivered"]


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{number}'" for stage, number in STAGE_IDS.items())
    return f"case {column} {whens} end"
