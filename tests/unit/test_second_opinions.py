"""What recounts compute by hand for whole columns is what a library computes."""

import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from kits.recounts.second_opinions import two_shares


@pytest.mark.parametrize(
    ("some", "trials", "others", "other_trials"),
    [(30, 80, 340, 580), (35, 80, 310, 560), (0, 40, 9, 200), (1, 30, 1, 31), (20, 31, 40, 60)],
)
def test_two_shares_are_those_of_the_likelihood_ratio(some, trials, others, other_trials):
    table = [[some, trials - some], [others, other_trials - others]]
    both_sides = chi2_contingency(table, correction=True, lambda_="log-likelihood").pvalue
    below = two_shares(*(pd.Series([number]) for number in (some, trials, others, other_trials)))
    lower = some / trials < others / other_trials
    assert below[0] == pytest.approx(both_sides / 2 if lower else 1 - both_sides / 2)


def test_two_shares_say_nothing_where_nobody_or_everybody_succeeds():
    numbers = pd.DataFrame([[0, 10, 0, 20], [10, 10, 20, 20]]).T
    assert two_shares(*(numbers.loc[row] for row in range(4))).isna().all()
