"""Attribution by plain loops: what a second opinion on the models of the credit is made of."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

DAY = timedelta(days=1)


def weights(
    model: str,
    path: list[tuple[datetime, str]],
    half_life_days: float,
    effects: dict[str, float] | None,
) -> list[float]:
    """What each touch (moment, channel) of a path that is not empty gets of its deal."""
    last = len(path) - 1
    match model:
        case "first_touch":
            counts = [place == 0 for place in range(len(path))]
        case "last_touch":
            counts = [place == last for place in range(len(path))]
        case "last_non_direct":
            marked = [place for place, (_, channel) in enumerate(path) if channel != "direct"]
            counts = [place == max(marked, default=last) for place in range(len(path))]
        case "linear":
            counts = [1] * len(path)
        case "position_based":
            middle = last - 1
            counts = [0.4, *[0.2 / max(middle, 1)] * middle, 0.4] if middle > 0 else [1] * len(path)
        case "time_decay":
            counts = [0.5 ** ((path[last][0] - at) / DAY / half_life_days) for at, _ in path]
        case "markov":
            counts = [effects[channel] if effects else 1 for _, channel in path]
    return [count / sum(counts) for count in counts]


def removal_effects(won: list[list[str]], lost: list[list[str]]) -> dict[str, float] | None:
    """The removal effect of each channel of the paths; None where no path converts or none fails.

    As defined: the chain is solved anew for each channel, with every step to it made a failure.
    """
    if not any(won) or not any(lost):
        return None
    steps = Counter()
    for paths, end in ((won, "(conversion)"), (lost, "(null)")):
        for path in filter(None, paths):
            steps.update(pairwise(["(start)", *path, end]))
    states = ["(start)", *sorted({state for state, _ in steps} - {"(start)"})]
    out_of = Counter()
    for (state, _), count in steps.items():
        out_of[state] += count

    def conversion(removed: str | None) -> float:
        left = [state for state in states if state != removed]
        among = np.array([[steps[a, b] / out_of[a] for b in left] for a in left])
        ends = np.array([steps[a, "(conversion)"] / out_of[a] for a in left])
        return np.linalg.solve(np.eye(len(left)) - among, ends)[0]

    return {channel: 1 - conversion(channel) / conversion(None) for channel in states[1:]}
