"""Correspondence: letters and chats with clients, answers with their waits, automatic ones."""

import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.absences import with_stand_ins
from orchestration.sources.demo.clock import DAY, END, HOUR, OPENS, into_office, waits
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take
from orchestration.sources.demo.truths import Plants

CHANNELS = ["email", "chat", "messenger", "sms"]
_EMAIL, _CHAT = 0, 1
IN, OUT, INTERNAL = 0, 1, 2
_LATER_CHANNELS = [0.5, 0.15, 0.3, 0.05]
_LATER_PER_DEAL = np.array([1.2, 3.0])  # exchanges, by segment
_WRITES = 0.45  # leads without a deal that begin in writing or go on in it
_ANSWER_MEDIAN = np.array([150, 12, 20, 30]) * 60.0  # seconds, by channel
_FIRST_ANSWER = 150.0  # seconds, the median
_UNANSWERED, _GOES_ON, _AUTOMATIC, _INTERNAL = 0.06, 0.35, 0.3, 0.02
_CLIENT_ASKS = 0.6


def all_messages(
    rng: np.random.Generator, leads: Frame, deals: Frame, stand_ins: np.ndarray, plants: Plants
) -> Frame:
    """One row per message, by time: `thread` (number of the talk), `sent_at`, `direction`,
    `channel`, `automatic`, the ids of what it is about, and the manager (-1: nobody)."""
    first, later = _first_talks(rng, leads, deals, plants), _later_talks(rng, deals)
    messages = stack(
        *_exchange(rng, first | {"first_wait": _first_waits(first, plants)}),
        *_exchange(rng, later | {"first_wait": np.zeros(len(later["at"]))}),
        _notices(rng, deals),
    )
    messages = take(messages, messages["sent_at"] < END)
    messages = take(messages, np.argsort(messages["sent_at"], kind="stable"))
    owner = people.holder(messages["owner"], messages["sent_at"])
    owner = with_stand_ins(rng, owner, messages["sent_at"], stand_ins)
    talk = messages["talk"] * len(CHANNELS) + messages["channel"]
    size = len(talk)
    return messages | {
        "owner": np.where(messages["automatic"], MISSING, owner),
        "thread": np.unique(talk, return_inverse=True)[1],
        "style": rng.integers(0, 5, size),
        "luck": rng.integers(0, 1_000, size),
    }


def _talks(about: Frame, at: np.ndarray, channel: np.ndarray, **columns: np.ndarray) -> Frame:
    """Talks with what they are about: from `at` on, in a channel. `talk` tells clients apart."""
    names = ("person", "card", "owner", "lead", "deal")
    frame = {name: columns.get(name, about[name]) for name in names}
    return frame | {"talk": about["person"], "at": at, "channel": channel}


def _first_talks(rng: np.random.Generator, leads: Frame, deals: Frame, plants: Plants) -> Frame:
    """How clients begin: by chat, by e-mail, or not in writing. Those who only called do not."""
    live = take(deals, (deals["twin_of"] == MISSING) & ~deals["test"])
    from_lead = live["lead"] != MISSING
    begun_at = np.where(from_lead, leads["created_at"][live["lead"]], live["created_at"])
    called = from_lead & leads["by_call"][live["lead"]]
    wins = ref.IS_WON[live["stage"]]
    mail = np.where(_has_bought(deals, live), plants.mail_of_returning, plants.mail)
    mail = np.where(live["owner"] == truths.MAIL_MANAGER, plants.mail_of_manager, mail)
    channel = _begins(rng, mail, np.where(wins, plants.chat_won, plants.chat_else))
    # The first messages of a request come before its deal.
    about = _talks(live, begun_at, channel, deal=np.where(from_lead, MISSING, live["deal"]))
    about = take(about, ~called & (channel != MISSING))

    idle = leads["by_call"] | leads["test"] | (leads["owner"] == MISSING) | (leads["junk"] == 0)
    rows = (leads["deal"] == MISSING) & ~idle & (leads["twin_of"] == MISSING)
    asked = take(leads, rows & (rng.random(len(rows)) < _WRITES))
    mail = np.where(asked["owner"] == truths.MAIL_MANAGER, plants.mail_of_manager, plants.mail)
    channel = _begins(rng, mail, np.full(len(mail), 0.6))
    others = take(_talks(asked, asked["created_at"], channel), channel != MISSING)
    return stack(about, others)


def _begins(rng: np.random.Generator, mail: np.ndarray, chat: np.ndarray) -> np.ndarray:
    by_mail, by_chat = rng.random((2, len(mail)))
    return np.where(by_mail < mail, _EMAIL, np.where(by_chat < chat, _CHAT, MISSING))


def _has_bought(deals: Frame, live: Frame) -> np.ndarray:
    """Whether the client of each deal had won one before it."""
    won = take(deals, ref.IS_WON[deals["stage"]])
    first = np.full(deals["person"].max() + 1, END)
    np.minimum.at(first, won["person"], won["closed_at"])
    has_bought: np.ndarray = first[live["person"]] < live["created_at"]
    return has_bought


def _later_talks(rng: np.random.Generator, deals: Frame) -> Frame:
    """What is written while a deal is open."""
    live = take(deals, (deals["twin_of"] == MISSING) & ~deals["test"])
    count = rng.poisson(_LATER_PER_DEAL[live["segment"]])
    live = take(live, np.repeat(np.arange(len(count)), count))
    size = len(live["deal"])
    until = np.where(ref.IS_OPEN[live["stage"]], END - DAY, live["closed_at"])
    until = np.minimum(until, live["created_at"] + 60 * DAY)
    lasts = np.maximum(until - live["created_at"], 0)
    at = live["created_at"] + (rng.uniform(0.1, 1, size) * lasts).astype(np.int64)
    about = _talks(live, into_office(rng, at), pick(rng, size, _LATER_CHANNELS))
    return about | {"lead": np.full(size, MISSING)}


def _first_waits(talks: Frame, plants: Plants) -> np.ndarray:
    """Median seconds until a first message is answered."""
    slow = talks["owner"] == truths.SLOW_MANAGER
    waits_for: np.ndarray = _FIRST_ANSWER * np.where(slow, plants.slow_answer_times, 1.0)
    return waits_for


def _exchange(rng: np.random.Generator, talks: Frame) -> list[Frame]:
    """The messages of the talks: a question, mostly an answer, sometimes the same once more."""
    messages, size = [], len(talks["at"])
    begins, turn_at = talks["first_wait"] > 0, talks["at"] + rng.integers(20, 90, size)
    asks = begins | (rng.random(size) < _CLIENT_ASKS)
    greeted = begins & (rng.random(size) < _AUTOMATIC)
    messages.append(_said(take(talks, greeted), turn_at[greeted] + 15, OUT, automatic=True))
    for _ in range(3):
        size = len(asks)
        messages.append(_said(talks, turn_at, np.where(asks, IN, OUT)))
        answered = np.flatnonzero(rng.random(size) >= _UNANSWERED)
        talks, asks, turn_at = take(talks, answered), asks[answered], turn_at[answered]
        wait = _answer_waits(rng, talks, turn_at)
        client_at = turn_at + waits(rng, 3 * HOUR, len(asks), 1.0)
        replied_at = np.where(asks, wait, client_at)
        replies = asks | (rng.random(len(asks)) < 0.6)
        messages.append(
            _said(take(talks, replies), replied_at[replies], np.where(asks, OUT, IN)[replies])
        )
        on = np.flatnonzero(replies & (rng.random(len(asks)) < _GOES_ON))
        between = np.flatnonzero(replies & (rng.random(len(asks)) < _INTERNAL))
        messages.append(_said(take(talks, between), replied_at[between] + 600, INTERNAL))
        talks = take(talks, on) | {"first_wait": np.zeros(len(on))}
        turn_at = into_office(rng, replied_at[on] + waits(rng, 5 * HOUR, len(on), 1.0))
        asks = rng.random(len(on)) < _CLIENT_ASKS
    return messages


def _answer_waits(rng: np.random.Generator, talks: Frame, at: np.ndarray) -> np.ndarray:
    """When the manager answers: a first message within minutes, at the opening if it came before;
    what follows, by the channel."""
    size = len(at)
    soon = at + 30 + waits(rng, talks["first_wait"], size, 0.6)
    office = into_office(rng, soon)
    opened = office // DAY * DAY + OPENS + rng.integers(0, 300, size)
    soon = np.where(office == soon, soon, opened)
    usual = into_office(rng, at + waits(rng, _ANSWER_MEDIAN[talks["channel"]], size, 1.0))
    return np.where(talks["first_wait"] > 0, soon, usual)


def _said(
    talks: Frame, sent_at: np.ndarray, direction: np.ndarray | int, *, automatic: bool = False
) -> Frame:
    names = ("person", "card", "owner", "lead", "deal", "talk", "channel")
    size = len(sent_at)
    return {name: talks[name] for name in names} | {
        "sent_at": sent_at,
        "direction": np.full(size, direction),
        "automatic": np.full(size, automatic),
    }


def _notices(rng: np.random.Generator, deals: Frame) -> Frame:
    """What the shop writes by itself when an order is won."""
    won = ref.IS_WON[deals["stage"]] & ~deals["test"]
    won &= rng.random(len(won)) < 0.6
    about = take(deals, won)
    channel = pick(rng, len(about["deal"]), [0.6, 0, 0, 0.4])
    talks = _talks(about, about["closed_at"], channel)
    return _said(talks, about["closed_at"] + 30, OUT, automatic=True)
