"""Attribution by plain loops: what a second opinion on the models of the credit is made of."""

from datetime import datetime, timedelta

DAY = timedelta(days=1)


def weights(model: str, path: list[tuple[datetime, str]], half_life_days: float) -> list[float]:
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
    return [count / sum(counts) for count in counts]
