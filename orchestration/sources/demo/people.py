"""The sales staff: who works when, how much of the flow each one gets, how well each one sells."""

import duckdb
import numpy as np

from orchestration.sources.demo import truths
from orchestration.sources.demo.clock import DAY, DAYS, FIRST_DAY
from orchestration.sources.demo.frame import store, texts
from orchestration.sources.demo.truths import Plants

_RETAIL, _CORPORATE = "Retail sales", "Corporate sales"
_TEAMS = {"North": _RETAIL, "South": _RETAIL, "Corporate": _CORPORATE}
B2C, B2B = 0, 1

# name, team, hired_on, left_on, share of new clients, share of returning clients, skill
MANAGERS = (
    ("Albert Volkov", "North", "2021-03-01", None, 0.35, 7.0, 1.0),
    ("Egor Sokolov", "North", "2022-06-15", None, 2.0, 0.7, 1.0),
    ("Irina Belova", "South", "2022-02-01", None, 1.0, 0.7, 0.95),
    ("Maxim Orlov", "South", "2020-09-01", None, 3.0, 1.8, 1.35),
    ("Olga Frolova", "North", "2019-05-20", None, 1.0, 0.7, 1.1),
    ("Pavel Gusev", "South", "2021-11-08", None, 1.0, 0.7, 0.9),
    ("Anna Kozlova", "North", "2023-01-16", None, 1.0, 0.7, 1.05),
    ("Denis Zaitsev", "South", "2023-04-03", None, 1.0, 0.7, 1.0),
    ("Vera Morozova", "North", "2022-10-10", "2024-11-29", 1.0, 0.7, 0.85),
    ("Igor Panin", "South", "2021-07-05", "2025-05-16", 1.0, 0.7, 1.0),
    ("Elena Titova", "North", "2024-04-15", None, 1.0, 0.7, 1.1),
    ("Kirill Fomin", "South", "2024-09-02", None, 0.9, 0.6, 0.9),
    ("Sofia Lebedeva", "North", "2025-02-03", None, 0.9, 0.6, 1.0),
    ("Roman Bykov", "South", "2024-02-12", "2024-08-30", 0.8, 0.5, 0.75),
    ("Yulia Danilova", "North", "2025-06-02", None, 0.9, 0.6, 1.05),
    ("Gleb Nikitin", "South", "2025-09-01", "2026-03-13", 0.8, 0.5, 0.85),
    ("Dmitry Kuzmin", "Corporate", "2018-10-01", None, 1.3, 1.3, 1.2),
    ("Marina Efimova", "Corporate", "2020-02-17", None, 1.2, 1.2, 1.05),
    ("Stepan Loginov", "Corporate", "2021-08-23", None, 1.0, 1.0, 0.95),
    ("Natalia Rybina", "Corporate", "2022-05-11", "2025-08-29", 1.0, 1.0, 1.0),
    ("Andrey Kirsanov", "Corporate", "2023-03-06", None, 1.0, 1.0, 0.9),
    ("Polina Vasina", "Corporate", "2024-07-01", None, 0.9, 0.9, 1.1),
    ("Fedor Savin", "Corporate", "2023-09-18", "2024-12-27", 0.9, 0.9, 0.8),
    ("Lidia Maslova", "Corporate", "2025-09-15", None, 0.9, 0.9, 1.0),
)
# They own no deals; the last one left before the demo begins.
_OTHERS = (
    ("Viktor Arsenyev", "North", "2017-02-01", None, "head"),
    ("Tamara Gorina", "Corporate", "2017-09-04", None, "head"),
    ("Semyon Ilyin", "South", "2019-01-14", "2023-10-31", "manager"),
)

COUNT = len(MANAGERS)
_SKILL = np.array([manager[6] for manager in MANAGERS])
_PIPELINE = np.array([B2B if manager[1] == "Corporate" else B2C for manager in MANAGERS])
_SHARES = np.array([[manager[4], manager[5]] for manager in MANAGERS]).T
_WIN_CHANCE = np.array([[0.30, 0.52], [0.33, 0.55]])  # by pipeline, new and returning clients
# Who takes over the open deals of a colleague who leaves: by team, someone who never does.
_SUCCESSOR = {"North": 4, "South": 5, "Corporate": 17}
SUCCESSORS = np.array([_SUCCESSOR[manager[1]] for manager in MANAGERS])
DEPARTMENTS = [_TEAMS[manager[1]] for manager in MANAGERS]
TEAMS = [manager[1] for manager in MANAGERS]


def _days(dates: list[str | None], absent: int) -> np.ndarray:
    return np.array(
        [
            absent if day is None else int((np.datetime64(day) - FIRST_DAY).astype(int))
            for day in dates
        ]
    )


HIRED = _days([manager[2] for manager in MANAGERS], 0)
LEFT = _days([manager[3] for manager in MANAGERS], DAYS)  # the last working day


def draw(
    rng: np.random.Generator,
    at: np.ndarray,
    pipeline: np.ndarray,
    returning: int,
    plants: Plants,
) -> np.ndarray:
    """The manager who gets a request: one who works that day, by the share of such clients."""
    shares = _SHARES[returning] if plants.managers_differ else np.ones(COUNT)
    days = np.arange(DAYS)[:, None]
    at_work = (days >= HIRED) & (days <= LEFT)
    luck = rng.random(len(at))[:, None]
    chosen = np.empty(len(at), dtype=np.int64)
    for kind in (B2C, B2B):
        edges = np.cumsum(at_work * (kind == _PIPELINE) * shares, axis=1)
        edges /= edges[:, -1:]
        rows = np.flatnonzero(pipeline == kind)
        chosen[rows] = (luck[rows] >= edges[at[rows] // DAY]).sum(axis=1)
    return chosen


def holder(manager: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The manager at that time, or the successor of a manager who has left; -1 stays."""
    gone = (manager >= 0) & (at // DAY > LEFT[manager])
    return np.where(gone, SUCCESSORS[manager], manager)


def win_chance(
    manager: np.ndarray, pipeline: np.ndarray, returning: int, plants: Plants
) -> np.ndarray:
    """Chance that a deal of the manager is won, before the effects planted over time."""
    chance: np.ndarray = _WIN_CHANCE[pipeline, returning]
    if not plants.managers_differ:
        return chance
    chance = chance * _SKILL[manager]
    for planted, chances in truths.MIX_WIN_CHANCE.items():
        chance = np.where(manager == planted, chances[returning], chance)
    return chance


def user_id(column: str) -> str:
    """SQL of a manager's user id."""
    return f"case when {column} >= 0 then format('u{{:02d}}', {column} + 1) end"


def extension(column: str) -> str:
    """SQL of a manager's extension."""
    return f"case when {column} >= 0 then ({column} + 101)::varchar end"


def store_users(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per employee, past and present."""
    rows = [(*manager[:4], "manager") for manager in MANAGERS] + list(_OTHERS)
    names, teams, hired, left, roles = (list(column) for column in zip(*rows, strict=True))
    columns = {"name": names, "team": teams, "hired_on": hired, "left_on": left, "role": roles}
    columns["department"] = [_TEAMS[team] for team in teams]
    store(
        connection,
        "users",
        {"number": np.arange(len(rows))} | {name: texts(v) for name, v in columns.items()},
        user_id=user_id("number"),
        phone_ext=extension("number"),
        email="lower(replace(name, ' ', '.')) || '@example.org'",
        is_active="left_on is null",
    )
