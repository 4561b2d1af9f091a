"""Figures and verdicts: medians, quartiles, ratios of rounds, and when a goal is met, missed or not decided."""

import pytest

from bench.figures import MET, MISSED, NOT_DECIDED, Figure, Goal, figure, ratio, verdict


def test_a_figure_is_the_median_with_its_quartiles():
    assert figure([5, 1, 2, 4, 3]) == Figure(3, 2, 4)
    assert figure(iter([7.0])) == Figure(7, 7, 7)


def test_one_wild_round_moves_neither_the_median_nor_the_quartiles_far():
    assert figure([1, 2, 3, 4, 1000]) == Figure(3, 2, 4)


def test_the_spread_is_a_share_of_the_median():
    assert Figure(4, 3, 5).spread == 0.5
    assert Figure(-4, -5, -3).spread == 0.5
    assert Figure(0, -1, 1).spread == 0


def test_a_ratio_is_taken_in_each_round():
    # The machine is twice as slow in the second round, for both: the ratios do not notice.
    assert ratio([10, 22, 10], [10, 20, 10]) == Figure(1, 1, 1.05)


def test_a_ratio_needs_the_same_rounds():
    with pytest.raises(ValueError, match="zip"):
        ratio([1, 2], [1])


@pytest.mark.parametrize(
    ("goal", "found", "expected"),
    [
        (Goal("", high=1), Figure(0.9, 0.8, 1.0), MET),
        (Goal("", high=1), Figure(0.9, 0.8, 1.01), NOT_DECIDED),
        (Goal("", high=1), Figure(1.1, 0.99, 1.2), NOT_DECIDED),
        (Goal("", high=1), Figure(1.1, 1.01, 1.2), MISSED),
        (Goal("", low=2), Figure(2.5, 2.0, 3), MET),
        (Goal("", low=2), Figure(2.5, 1.9, 3), NOT_DECIDED),
        (Goal("", low=2), Figure(1.5, 1, 1.9), MISSED),
        (Goal("", -0.02, 0.02), Figure(0, -0.01, 0.01), MET),
        (Goal("", -0.02, 0.02), Figure(0, -0.03, 0.01), NOT_DECIDED),
        (Goal("", -0.02, 0.02), Figure(0, -0.03, 0.03), NOT_DECIDED),
        (Goal("", -0.02, 0.02), Figure(0.05, 0.04, 0.06), MISSED),
    ],
)
def test_a_goal_is_decided_only_if_no_limit_is_between_the_quartiles(goal, found, expected):
    assert verdict(goal, found) == expected
    assert verdict(goal, found, quiet=False) == NOT_DECIDED


def test_a_goal_says_its_limits():
    goals = [Goal("", high=0.6, unit="×"), Goal("", low=1_000), Goal("", -0.02, 0.02), Goal("", 1, 2, "s")]
    assert [str(goal) for goal in goals] == ["≤ 0.6 ×", "≥ 1,000", "-0.02 to 0.02", "1 to 2 s"]
