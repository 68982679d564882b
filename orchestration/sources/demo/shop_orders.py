"""Orders in the shops: who orders where and when, and which of them the CRM has as deals."""

import numpy as np

from orchestration.sources.demo import channels, goods
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.clock import DAY, END, HOUR, HOURS_ONLINE, waits
from orchestration.sources.demo.demand import demand
from orchestration.sources.demo.frame import MISSING, Frame, pick, stack, take
from orchestration.sources.demo.people import B2C
from orchestration.sources.demo.shop_clients import returning_orders
from orchestration.sources.demo.truths import Plants

_PASSING = np.array([480, 2_300, 1_300, 550])  # orders at scale 1, by shop
_COMES_AGAIN = np.array([0.12, 0.1, 0.1, 0.15])
_LATELY = 150  # those who come again are among so many people before
_OF_CRM, _UNNAMED = 0.85, 0.03
_REORDERS = 0.2  # of the won clients who have no later deal
_IN_DOLLARS = 0.03


def all_orders(
    rng: np.random.Generator,
    scale: float,
    requests: Frame,
    deals: Frame,
    payments: Frame,
    known: Frame,
    plants: Plants,
) -> Frame:
    """One row per order, by time.

    `shop`; `person` and `card` (-1: none; a person of a marketplace is a number of its own);
    `lead` and `deal` of those in the CRM, with `amount`, `category`, `paid_at` and `refunded_at` of
    the deal; `product` and `quantity` where the client always buys the same; `sure`: is not
    cancelled; `unnamed`: in the CRM, but it does not say so; `usd`, `origin`, `campaign`.
    """
    people = (requests["person"], requests["card"], deals["person"], deals["card"])
    stranger = 1 + max(int(numbers.max()) for numbers in people)
    again = returning_orders(rng, known, stranger, scale, plants)
    stranger = max(stranger, 1 + int(again["person"].max()))
    orders = [_of_crm(rng, requests, deals, payments), _orders(rng, goods.SITE, again, sure=True)]
    orders.append(_orders(rng, goods.SITE, _reorders(rng, deals)))
    for shop, size in enumerate(np.maximum(np.round(_PASSING * scale), 3).astype(np.int64)):
        passing = _passing(rng, shop, int(size), stranger, plants)
        orders.append(_orders(rng, shop, passing))
        stranger += int(size)
    everything = stack(*orders)
    return take(everything, np.argsort(everything["created_at"], kind="stable"))


def _orders(rng: np.random.Generator, shop: int, asked: Frame, *, sure: bool = False) -> Frame:
    """The orders with what is known of each, the rest missing."""
    size = len(asked["person"])
    absent = np.full(size, MISSING)
    names = ("lead", "deal", "amount", "category", "paid_at", "refunded_at", "product", "quantity")
    weights = channels.SHARES[: channels.LAST_ONLINE]
    origin = pick(rng, size, weights) if shop == goods.SITE else absent
    origin = np.where(asked.get("deal", absent) == MISSING, origin, MISSING)
    in_dollars = rng.random(size) < (_IN_DOLLARS if shop == goods.SITE and not sure else 0)
    return {name: asked.get(name, absent) for name in names} | {
        "shop": np.full(size, shop),
        "person": asked["person"],
        "card": asked["card"],
        "created_at": asked["created_at"],
        "sure": np.full(size, sure),
        "usd": in_dollars & (asked.get("deal", absent) == MISSING),
        "unnamed": asked.get("unnamed", np.zeros(size, dtype=bool)),
        "origin": origin,
        "campaign": channels.draw_campaign(rng, origin),
        "style": rng.integers(0, 5, size),
        "luck": rng.integers(0, 1_000, size),
    }


def _of_crm(rng: np.random.Generator, requests: Frame, deals: Frame, payments: Frame) -> Frame:
    """Orders of the site that the CRM has as won deals: paid when the deal is, for its amount."""
    counts = ref.IS_WON[deals["stage"]] & (ref.PIPELINE[deals["stage"]] == B2C)
    counts &= (deals["amount"] > 0) & ~deals["usd"] & (deals["card"] != MISSING)
    from_lead = deals["lead"] != MISSING
    counts &= ~(from_lead & requests["by_call"][deals["lead"]])
    paid, refunds = (take(payments, payments["is_refund"] == kind) for kind in (False, True))
    first, rows = np.unique(paid["deal"], return_index=True)
    paid_at = np.full(len(counts), MISSING)
    paid_at[first] = paid["paid_at"][rows]
    refunded_at = np.full(len(counts), MISSING)
    in_full = refunds["amount"] == deals["amount"][refunds["deal"]]
    refunded_at[refunds["deal"][in_full]] = refunds["paid_at"][in_full]
    deals = deals | {"paid_at": paid_at, "refunded_at": refunded_at, "category": deals["product"]}
    counts &= (paid_at != MISSING) & (rng.random(len(counts)) < _OF_CRM)
    chosen = take({name: deals[name] for name in deals if name != "product"}, counts)
    from_lead = chosen["lead"] != MISSING
    asked_at = np.where(from_lead, requests["created_at"][chosen["lead"]], chosen["created_at"])
    unnamed = from_lead & (rng.random(len(asked_at)) < _UNNAMED)
    asked = chosen | {"created_at": asked_at, "unnamed": unnamed}
    return _orders(rng, goods.SITE, asked, sure=True)


def _reorders(rng: np.random.Generator, deals: Frame) -> Frame:
    """Clients whose last deal was won order at the site, some weeks after the win."""
    order = np.lexsort((deals["created_at"], deals["person"]))
    last = np.append(np.diff(deals["person"][order]) > 0, True)
    latest = take({n: deals[n] for n in ("person", "card", "closed_at", "stage", "chance")}, order)
    latest = take(latest, last & ref.IS_WON[latest["stage"]] & (latest["chance"] < 1))
    latest = take(latest, rng.random(len(latest["person"])) < _REORDERS)
    at = latest["closed_at"] + 5 * DAY + waits(rng, 60.0 * DAY, len(latest["person"]))
    return take(latest | {"created_at": at}, (at < END - DAY) & (latest["card"] != MISSING))


def _passing(
    rng: np.random.Generator, shop: int, size: int, stranger: int, plants: Plants
) -> Frame:
    """Orders of people whom the CRM does not know; few of them come again."""
    day = pick(rng, size, demand(shop, plants).sum(axis=1))
    hour = pick(rng, size, HOURS_ONLINE)
    fresh = rng.random(size) >= _COMES_AGAIN[shop]
    fresh[0] = True
    person = np.cumsum(fresh) - 1
    ago = (rng.random(size) * np.minimum(person, _LATELY)).astype(np.int64)
    earlier = np.maximum(person - 1 - ago, 0)
    first = 0 if shop in goods.MARKETS else stranger
    return {
        "person": first + np.where(fresh, person, earlier),
        "card": np.full(size, MISSING),
        "created_at": np.sort(day * DAY + hour * HOUR + rng.integers(0, HOUR, size)),
    }
