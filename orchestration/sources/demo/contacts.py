"""Clients: how one person is written down, on one contact card or on several, and their merges."""

import duckdb
import numpy as np

from orchestration.sources.demo.clock import DAY, END
from orchestration.sources.demo.frame import MISSING, Frame, key, store

_PHONE_STYLES = (
    "'+7' || {n}",
    "'8 (' || {n}[1:3] || ') ' || {n}[4:6] || '-' || {n}[7:8] || '-' || {n}[9:10]",
    "'+7 ' || {n}[1:3] || ' ' || {n}[4:6] || ' ' || {n}[7:8] || ' ' || {n}[9:10]",
    "'8' || {n}",
    "'+7 (' || {n}[1:3] || ') ' || {n}[4:6] || '-' || {n}[7:10]",
)

CITIES = ["Moscow", "Kazan", "Perm", "Tver", "Omsk", "Samara", "Tula", "Ufa"]
_FIRST_NAMES = "['Алиса', 'Борис', 'Вера', 'Глеб', 'Дарья', 'Егор', 'Жанна', 'Захар', 'Инна', 'Ия']"
_LAST_NAMES = (
    "['Берёзко', 'Верстюк', 'Громыко', 'Дроздо', 'Журавко', 'Клёнко', 'Лисенко', 'Мороз', "
    "'Озерко', 'Рябко', 'Снегирко', 'Тополь', 'Ясенко']"
)


def phone(person: str, style: str) -> str:
    """SQL of a person's made-up mobile number, in one of the spellings people use."""
    digits = f"((9990000100 + {person})::varchar)"
    styles = " ".join(
        f"when {number} then {text.format(n=digits)}" for number, text in enumerate(_PHONE_STYLES)
    )
    return f"case when {person} < 0 then null else case {style} {styles} end end"


def email(person: str, style: str) -> str:
    """SQL of a person's made-up e-mail address, in capitals for one style in five."""
    host = f"case when {person} % 2 = 0 then '@example.org' else '@example.com' end"
    address = f"format('client{{:d}}', {person}) || {host}"
    return (
        f"case when {person} >= 0 then "
        f"case when {style} = 1 then upper({address}) else {address} end end"
    )


def client(person: str) -> str:
    """SQL of the id a browser keeps of a person."""
    return f"format('{{:d}}.{{:d}}', 100000 + {person}, 1700000000 + {person} % 9973)"


def company(person: str) -> str:
    """SQL of the name of a person's company: two people of the market work in each."""
    return f"format('Company {{:d}}', {person} // 2)"


def city(person: str) -> str:
    """SQL of the city a person lives in."""
    return f"{CITIES}[1 + ({person} % {len(CITIES)})::integer]"


def cards_of(leads: Frame) -> Frame:
    """The contact cards in use, one row each, in order of their numbers: `card`, `person`,
    `segment`, `created_at` (the first lead on the card) and `merged_into` (-1: a card of its own).

    Where a person has several cards most later ones are merged into the one before, so that some
    merges form a chain.
    """
    used = np.flatnonzero(leads["card"] != MISSING)
    used = used[np.argsort(leads["created_at"][used], kind="stable")]
    card, first = np.unique(leads["card"][used], return_index=True)
    rows = used[first]
    person = leads["person"][rows]
    order = np.lexsort((leads["created_at"][rows], person))
    same = np.zeros(len(card), dtype=bool)
    same[1:] = np.diff(person[order]) == 0
    merged_into = np.full(len(card), MISSING)
    previous = np.roll(card[order], 1)
    merged_into[order] = np.where(same & (card[order] % 10 < 7), previous, MISSING)
    return {
        "card": card,
        "person": person,
        "segment": leads["segment"][rows],
        "created_at": leads["created_at"][rows],
        "merged_into": merged_into,
    }


def store_contacts(connection: duckdb.DuckDBPyConnection, cards: Frame) -> None:
    """One row per contact card; a second card of a person spells phone and e-mail differently."""
    store(
        connection,
        "contacts",
        cards | {"style": (cards["card"] * 7 + 3) % 5},
        contact_id=key("K", "card"),
        name=f"{_FIRST_NAMES}[1 + (person % 10)::integer] || ' ' || "
        f"{_LAST_NAMES}[1 + (person % 13)::integer]",
        phones=f"{phone('person', 'style')} || if(card % 15 = 0, '; ' || "
        f"{phone('person + 2000000', '0')}, '')",
        emails=f"if(card % 6 = 0, null, {email('person', 'style')})",
        messengers="if(card % 9 = 0, '@client' || person, null)",
        company_id=f"if(segment = 1, {key('C', 'person // 2')}, null)",
        segment="if(segment = 1, 'b2b', 'b2c')",
        city=city("person"),
        country="'RU'",
        updated_at="null",
    )


def store_merges(
    connection: duckdb.DuckDBPyConnection, cards: Frame, leads: Frame, deals: Frame
) -> None:
    """One row per merged record: contacts, leads and deals."""
    merged = cards["merged_into"] != MISSING
    cards_at = np.minimum(cards["created_at"][merged] + 2 * DAY, END - 1)
    doubles = [(cards["card"][merged], cards["merged_into"][merged], cards_at)]
    for records, number in ((leads, "lead"), (deals, "deal")):
        rows = np.flatnonzero(records["twin_of"] != MISSING)
        at = np.minimum(records["created_at"][rows] + DAY, END - 1)
        doubles.append((records[number][rows], records["twin_of"][rows], at))
    loser, survivor, at = (np.concatenate(part) for part in zip(*doubles, strict=True))
    kind = np.repeat(np.arange(3), [len(part[0]) for part in doubles])
    prefix = "['K', 'L', 'D'][1 + kind::integer]"
    store(
        connection,
        "merges",
        {"kind": kind, "loser": loser, "survivor": survivor, "merged_at": at},
        entity="['contacts', 'leads', 'deals'][1 + kind::integer]",
        loser_id=f"{prefix} || format('{{:07d}}', loser + 1)",
        survivor_id=f"{prefix} || format('{{:07d}}', survivor + 1)",
    )
