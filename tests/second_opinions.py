"""Statistics as statsmodels has them, to be held against what the models publish."""

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

# The models take 1.96 for the quantile of 95 %, which is 1.959964 to six digits.
ALPHA = 2 * norm.sf(1.96)


def wilson(successes: pd.Series, trials: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Both bounds of the Wilson interval of a share to twelve digits, so that a bound of 1 is no
    unit of the last place less; NaN without trials."""
    known = trials.where(trials > 0).astype(float)
    low, high = proportion_confint(successes.astype(float), known, ALPHA, method="wilson")
    return low.round(12), high.round(12)


def kaplan_meier_median(hours: np.ndarray, left: np.ndarray) -> float:
    """The first time at which the Kaplan-Meier curve has fallen to a half, else NaN. (The quantile
    of statsmodels is where it has fallen below: an hour later where a half is met exactly.)"""
    curve = SurvfuncRight(hours, left)
    halved = curve.surv_times[curve.surv_prob <= 0.5 + 1e-12]
    return halved[0] if len(halved) else np.nan
