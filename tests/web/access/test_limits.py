import time

from heliograph.web.access.limits import CALLERS, Allowance, Limits
from tests.web.front import Clock


def test_tries_run_out_and_come_back_with_time() -> None:
    clock = Clock(0)
    limits = Limits(clock.now, one=Allowance(2, 10), all_=Allowance(100, 1))
    assert [limits.take("192.0.2.1") for _ in range(3)] == [0, 0, 10]
    assert limits.take("192.0.2.2") == 0
    clock.time = 10
    assert limits.take("192.0.2.1") == 0
    assert limits.take("192.0.2.1") > 0


def test_all_together_have_a_limit_too() -> None:
    limits = Limits(Clock(0).now, one=Allowance(5, 10), all_=Allowance(3, 60))
    assert [limits.take(f"192.0.2.{number}") for number in range(4)] == [0, 0, 0, 60]


def test_who_has_shown_who_it_is_starts_anew() -> None:
    limits = Limits(Clock(0).now, one=Allowance(1, 10))
    limits.take("192.0.2.1")
    limits.clear("192.0.2.1")
    assert limits.take("192.0.2.1") == 0


def test_an_ipv6_household_is_one_caller() -> None:
    limits = Limits(Clock(0).now, one=Allowance(1, 10))
    assert limits.take("2001:db8::1") == 0
    assert limits.take("2001:db8::2") > 0
    assert limits.take("2001:db8:0:1::1") == 0


def test_memory_has_an_end() -> None:
    limits = Limits(Clock(0).now, all_=Allowance(10**6, 1))
    for number in range(CALLERS + 10):
        limits.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limits._buckets) <= CALLERS


def test_who_has_no_address_is_one_caller() -> None:
    limits = Limits(Clock(0).now, one=Allowance(1, 10))
    assert limits.take("") == 0
    assert limits.take("") > 0


def test_tries_of_strangers_do_not_use_up_those_of_the_owner() -> None:
    limits = Limits(Clock(0).now, one=Allowance(2, 10), all_=Allowance(3, 60))
    assert [limits.take(f"192.0.2.{number}") for number in range(4)] == [0, 0, 0, 60]
    assert [limits.take("session 1", trusted=True) for _ in range(3)] == [0, 0, 10]
    assert limits.take("session 2", trusted=True) == 0
    limits.clear("session 1", trusted=True)
    assert limits.take("session 1", trusted=True) == 0


def test_the_clock_of_the_day_has_no_say() -> None:
    assert Limits()._clock is time.monotonic
