"""Touches of a client before the lead, and between the lead and the purchase."""

import duckdb
import numpy as np

from orchestration.sources.demo import channels
from orchestration.sources.demo.clock import DAY, END
from orchestration.sources.demo.contacts import client, email, phone
from orchestration.sources.demo.frame import (
    MISSING,
    Frame,
    key,
    labels,
    pick,
    stack,
    store,
    take,
)

_TYPES = ["visit", "form", "click", "call", "email", "webinar", "chat", "offline"]
_VISIT, _FORM, _CLICK, _CALL, _EMAIL = range(5)
_PATH_LENGTHS = [0.40, 0.25, 0.15, 0.10, 0.06, 0.04]  # 1 to 6 touches up to the lead
_AFTER_LEAD = [0.45, 0.30, 0.15, 0.10]  # 0 to 3 touches between lead and win
_NURTURE = [0.25, 0, 0, 0.05, 0.45, 0.12, 0.08, 0.05]  # weights of _TYPES
_ANONYMOUS = 0.35  # touches that know the browser and not yet the lead


def store_touchpoints(
    connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, leads: Frame, deals: Frame
) -> None:
    """One row per touch, in order of time; linked by lead, by contact or by browser only."""
    touches = stack(_up_to_lead(rng, leads), _after_lead(rng, deals), _before_repeat(rng, deals))
    touches = take(touches, (touches["occurred_at"] >= 0) & (touches["occurred_at"] < END))
    touches = take(touches, np.argsort(touches["occurred_at"], kind="stable"))
    size = len(touches["occurred_at"])
    touches["campaign"] = np.where(
        touches["campaign"] == MISSING,
        channels.draw_campaign(rng, touches["origin"]),
        touches["campaign"],
    )
    store(
        connection,
        "touchpoints",
        touches
        | {
            "number": np.arange(size),
            "type": labels(touches["type"], _TYPES),
            "style": rng.integers(0, 5, size),
            "luck": rng.integers(0, 100, size),
        },
        touchpoint_id=key("T", "number"),
        client_id=f"if(type in ('call', 'offline', 'email'), null, {client('person')})",
        phone=f"if(type in ('form', 'call'), {phone('person', 'style')}, null)",
        email=f"if(type = 'email', {email('person', 'style')}, null)",
        contact_id=key("K", "card"),
        lead_id=key("L", "lead"),
        utm_source=_marked("utm_source"),
        utm_medium=_marked("utm_medium"),
        utm_campaign=f"if(type <> 'call', {channels.campaign_case('campaign_id')}, null)",
        referrer=_marked("referrer"),
        channel=f"if(type = 'call', {channels.origin_case('channel')}, null)",
        campaign_id=f"if(luck < 60, {channels.campaign_case('campaign_id')}, null)",
    )


def _marked(mark: str) -> str:
    return f"if(type = 'call', null, {channels.origin_case(mark)})"


def _touches(people: Frame, at: np.ndarray, **columns: np.ndarray) -> Frame:
    """Touches of the people in the rows, with what is known of each, the rest missing."""
    frame = {
        name: columns.get(name, np.full(len(at), MISSING))
        for name in ("type", "origin", "campaign", "lead", "card")
    }
    return frame | {"person": people["person"], "occurred_at": at}


def _online_origin(rng: np.random.Generator, size: int) -> np.ndarray:
    """How people come back: half of them straight to the site."""
    shares = np.where(np.arange(len(channels.SHARES)) <= channels.LAST_ONLINE, channels.SHARES, 0)
    again = pick(rng, size, shares)
    return np.where(rng.random(size) < 0.4, channels.DIRECT, again)


def _up_to_lead(rng: np.random.Generator, leads: Frame) -> Frame:
    """Paths of one to six touches; the last is the one the lead was left in."""
    seen = (leads["origin"] <= channels.LAST_ONLINE) & ~leads["test"]
    asked = take(leads, seen & (leads["twin_of"] == MISSING))
    length = np.where(asked["by_call"], 1, pick(rng, len(asked["lead"]), _PATH_LENGTHS) + 1)
    last = np.append(np.diff(np.repeat(np.arange(len(length)), length)) > 0, True)
    asked = take(asked, np.repeat(np.arange(len(length)), length))
    size = len(last)
    earlier = (rng.exponential(9.0, size) * DAY).astype(np.int64) + 600
    origin = np.where(last, asked["origin"], _online_origin(rng, size))
    came = np.where(channels.draw_campaign(rng, origin) != MISSING, _CLICK, _VISIT)
    asked_by = np.where(asked["by_call"], _CALL, _FORM)
    known = last | (rng.random(size) >= _ANONYMOUS)
    return _touches(
        asked,
        np.where(last, asked["created_at"], asked["created_at"] - earlier),
        type=np.where(last, asked_by, came),
        origin=origin,
        campaign=np.where(last, asked["campaign"], MISSING),
        lead=np.where(known, asked["lead"], MISSING),
    )


def _after_lead(rng: np.random.Generator, deals: Frame) -> Frame:
    """Letters, webinars and visits while the deal is open."""
    live = take(deals, (deals["lead"] != MISSING) & (deals["twin_of"] == MISSING))
    live = take(
        live, np.repeat(np.arange(len(live["deal"])), pick(rng, len(live["deal"]), _AFTER_LEAD))
    )
    size = len(live["deal"])
    lasted = np.maximum(live["moved_at"] - live["created_at"], 1)
    kind = pick(rng, size, _NURTURE)
    return _touches(
        live,
        live["created_at"] + (rng.random(size) * lasted).astype(np.int64),
        type=kind,
        origin=np.where(kind == _EMAIL, channels.EMAIL, channels.DIRECT),
        lead=np.where(rng.random(size) < 0.5, live["lead"], MISSING),
        card=live["card"],
    )


def _before_repeat(rng: np.random.Generator, deals: Frame) -> Frame:
    """The touches of a client before a repeat order."""
    again = take(deals, (deals["lead"] == MISSING) & (deals["twin_of"] == MISSING))
    size = len(again["deal"])
    kind = np.where(rng.random(size) < 0.6, _EMAIL, _VISIT)
    at = again["created_at"] - 300 - (rng.exponential(4.0, size) * DAY).astype(np.int64)
    origin = np.where(kind == _EMAIL, channels.EMAIL, _online_origin(rng, size))
    return _touches(again, at, type=kind, origin=origin, card=again["card"])
