import math

import pytest

from crispen.data.workers import each


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once_and_keeps_its_number(jobs):
    tasks = [(number, 12) for number in range(20)]
    assert sorted(each(math.gcd, tasks, jobs)) == [(number, math.gcd(number, 12)) for number in range(20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_in_a_task_is_raised_here(jobs):
    with pytest.raises(ValueError):
        list(each(math.sqrt, [(4,), (-1,), (9,)], jobs))


def test_no_tasks():
    assert list(each(math.gcd, [], 2)) == []
