"""The ids of HubSpot: SQL from the company's own ids."""

from orchestration.sources.demo.reference import STAGES

LEAD_PIPELINE, NEW, QUALIFIED, UNQUALIFIED = "lead-pipeline-id", "new-stage-id", "8001", "8002"
PIPELINES = {"b2c": "default", "b2b": "75"}
_B2C = {
    "b2c_new": "appointmentscheduled",
    "b2c_talk": "qualifiedtobuy",
    "b2c_offer": "presentationscheduled",
    "b2c_showroom": "decisionmakerboughtin",
    "b2c_reserve": "contractsent",
    "b2c_paying": "9910",
    "b2c_won": "closedwon",
    "b2c_lost": "closedlost",
}
STAGE_IDS = {
    stage: _B2C.get(stage, f"75{order:02d}") for order, (stage, *_) in enumerate(STAGES, 1)
}
POST_WON = STAGE_IDS["b2b_delivered"]


def _number(column: str) -> str:
    return f"cast(substr({column}, 2) as bigint)"


def deal_id(column: str) -> str:
    """SQL of the id of a deal; ids have different numbers of digits."""
    return f"cast(9900 + {_number(column)} as varchar)"


def lead_id(column: str) -> str:
    return f"cast(99700 + {_number(column)} as varchar)"


def contact_id(column: str) -> str:
    return f"cast(999950 + {_number(column)} as varchar)"


def company_id(column: str) -> str:
    return f"cast(6000000 + {_number(column)} as varchar)"


def user_id(column: str) -> str:
    """SQL of the id of an owner; the user id of the owner is another one."""
    return f"cast(440 + {_number(column)} as varchar)"


def call_id(column: str) -> str:
    return f"cast(cast(regexp_replace({column}, '[^0-9]', '', 'g') as bigint) as varchar)"


def message_id(column: str) -> str:
    return f"cast(7000000 + {_number(column)} as varchar)"


def task_id(column: str) -> str:
    return f"cast(9990 + {_number(column)} as varchar)"


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then 'default' when {column} like 'b2b%' then '75' end"


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{id_}'" for stage, id_ in STAGE_IDS.items())
    return f"case {column} {whens} end"
