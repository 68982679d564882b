"""Statistics as statsmodels has them, to be held against what the models publish."""

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

# The models take 1.96 for the quantile of 95 %, which is 1.959964 to six digits.
ALPHA = 2 * norm.sf(1.96)


def wilson(successes: pd.Series, trials: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Both bounds of the Wilson interval of a share to twelve digits, so that a bound of 1 is no
    unit of the last place less; NaN without trials."""
    known = trials.where(trials > 0).astype(float)
    low, high = proportion_confint(successes.astype(float), known, ALPHA, method="wilson")
    return low.round(12), high.round(12)


def two_shares(
    some: pd.Series, trials: pd.Series, others: pd.Series, other_trials: pd.Series
) -> pd.Series:
    """How likely so low a share is beside the other one by chance; NaN where nobody or everybody
    succeeds. The numbers are half of those of scipy's chi2_contingency with the likelihood ratio
    and Yates's correction, for whole columns."""
    others, other_trials = others.reindex(some.index), other_trials.reindex(some.index)
    share = (some + others) / (trials + other_trials)
    seen = np.array([some, trials - some, others, other_trials - others], dtype=float)
    expected = np.array(
        [trials * share, trials * (1 - share), other_trials * share, other_trials * (1 - share)]
    )
    off = expected - seen
    seen += np.sign(off) * np.minimum(0.5, np.abs(off))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 2 * np.where(seen > 0, seen * np.log(seen / expected), 0).sum(axis=0)
    z = np.sign(some - trials * share) * np.sqrt(np.maximum(ratio, 0))
    return pd.Series(norm.cdf(z), some.index).where((share > 0) & (share < 1))


def false_discovery(p_values: pd.Series) -> np.ndarray:
    """Which of them are discoveries at a false discovery rate of 5 %."""
    return multipletests(p_values, alpha=0.05, method="fdr_bh")[0]


def kaplan_meier_median(hours: np.ndarray, left: np.ndarray) -> float:
    """The first time at which the Kaplan-Meier curve has fallen to a half, else NaN."""
    return kaplan_meier_time(hours, left, 0.5)


def kaplan_meier_time(durations: np.ndarray, left: np.ndarray, standing: float) -> float:
    """The first time at which the Kaplan-Meier curve has fallen to the share `standing`, else NaN.
    (The quantile of statsmodels is where it has fallen below: later where the share is met
    exactly.)"""
    curve = SurvfuncRight(durations, left)
    fallen = curve.surv_times[curve.surv_prob <= standing + 1e-12]
    return fallen[0] if len(fallen) else np.nan
