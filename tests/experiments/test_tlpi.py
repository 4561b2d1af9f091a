"""The comparison with a book's table: a row for each number of descriptors that was measured."""

from readiness.experiments import tlpi, wait_cost
from readiness.experiments.wait_cost_cases import TLPI_TABLE_63_9


def test_each_row_has_the_books_time_and_that_of_the_points():
    points = wait_cost.recorded_points("table_63_9")
    head, *rows = tlpi.comparison(points).splitlines()
    assert head.split()[0] == "descriptors"
    assert [row.split()[0] for row in rows] == [f"{n:,}" for n in TLPI_TABLE_63_9]
    [epoll] = wait_cost.select_points(points, method="epoll", n=10_000)
    [poll] = wait_cost.select_points(points, method="poll", n=10_000)
    [select] = wait_cost.select_points(points, method="select", n=10_000)
    assert rows[-1].split() == [
        *("10,000", "9,900.0", f"{poll.microseconds:,.1f}"),
        *("9,300.0", f"{select.microseconds:,.1f}"),
        *("6.6", f"{epoll.microseconds:,.1f}"),
    ]


def test_a_number_that_was_not_measured_has_no_row():
    points = wait_cost.select_points(wait_cost.recorded_points("table_63_9"), n=10)
    assert len(tlpi.comparison(points).splitlines()) == 2
    assert len(tlpi.comparison([]).splitlines()) == 1
