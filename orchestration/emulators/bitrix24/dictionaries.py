"""Users, departments, pipelines and stages of the portal."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.bitrix24.carried import RENAMED
from orchestration.emulators.bitrix24.numbers import CATEGORIES, ENDS, QUALIFIED
from orchestration.emulators.bitrix24.values import begin, iso
from orchestration.emulators.company import Company


def users(company: Company) -> list[dict[str, Any]]:
    numbers = {row["NAME"]: int(row["ID"]) for row in departments(company)}
    return [
        {
            "ID": row["user_id"],
            "ACTIVE": row["is_active"],
            **dict(zip(("NAME", "LAST_NAME"), row["name"].split(" ", 1), strict=True)),
            "EMAIL": row["email"],
            "PERSONAL_BIRTHDAY": {},
            "WORK_POSITION": row["role"],
            "UF_PHONE_INNER": row["phone_ext"],
            "UF_DEPARTMENT": [numbers[row["team"]]],
            "UF_EMPLOYMENT_DATE": iso(begin(row["hired_on"])) if row["hired_on"] else {},
        }
        for row in company.rows(RENAMED["users"])
    ]


def departments(company: Company) -> Iterator[dict[str, Any]]:
    yield {"ID": "1", "NAME": "Shop", "SORT": 500, "UF_HEAD": "0"}
    teams = company.rows("select distinct department, team from users order by all")
    above = {name: f"{n}" for n, name in enumerate(sorted({t["department"] for t in teams}), 2)}
    for name, number in above.items():
        yield {"ID": number, "NAME": name, "SORT": 500, "PARENT": "1", "UF_HEAD": "0"}
    for id_, team in enumerate(teams, 10):
        yield {"ID": f"{id_}", "NAME": team["team"], "PARENT": above[team["department"]]}


def categories(company: Company) -> Iterator[dict[str, Any]]:
    yield {"id": 0, "name": "General", "sort": 100, "entityTypeId": 2, "isDefault": "Y"}
    for own_id, number in CATEGORIES.items():
        name = company.rows(
            "select distinct pipeline_name as name from stages where pipeline_id = ?", own_id
        )[0]["name"]
        yield {"id": int(number), "name": name, "sort": 200, "isDefault": "N"}


def statuses(company: Company) -> Iterator[dict[str, Any]]:
    reasons = company.rows(
        "select distinct 'UC_' || upper(junk_reason) as id, junk_reason as name from leads"
        " where junk_reason is not null order by all"
    )
    leads: list[tuple[str, str, str | None, str]] = [
        ("NEW", "New", None, "Y"),
        (QUALIFIED, "Good", None, "N"),
    ]
    leads += [("CONVERTED", "Made a deal", "S", "Y"), ("JUNK", "Bad", "F", "Y")]
    leads += [(row["id"], row["name"], "F", "N") for row in reasons]
    numbers = iter(range(1, 1000))
    for sort, (id_, name, semantics, system) in enumerate(leads, 1):
        yield _status(next(numbers), "STATUS", id_, name, sort * 10, semantics, system)
    yield _status(next(numbers), "SOURCE", "CALL", "Call", 10, None, "Y")
    # The portal's first pipeline shares its ids with the leads.
    yield _status(next(numbers), "DEAL_STAGE", "NEW", "New", 10, None, "Y")
    yield _status(next(numbers), "DEAL_STAGE", "WON", "Won", 20, "S", "Y")
    for row in company.rows(f"from ({RENAMED['stages']}) where not is_deleted"):
        entity, is_end = f"DEAL_STAGE_{row['pipeline_id']}", row["semantics"] in ENDS
        semantics = {"won": "S", "lost": "F"}.get(row["semantics"])
        system, sort = "Y" if is_end else "N", row["stage_order"] % 100_000
        name = row["stage_name"]
        yield _status(next(numbers), entity, row["stage_id"], name, sort, semantics, system)


def _status(
    id_: int, entity: str, status: str, name: str, sort: int, semantics: str | None, system: str
) -> dict[str, Any]:
    return {
        "ID": f"{id_}",
        "ENTITY_ID": entity,
        "STATUS_ID": status,
        "NAME": name,
        "SORT": f"{sort}",
        "SYSTEM": system,
        "SEMANTICS": semantics,
    }
