from datetime import UTC, datetime

import msgspec
import pytest

from heliograph.errors import CloudError
from heliograph.gateway.credentials import Account
from heliograph.gateway.guard import BLOCKED_PAUSE, PAUSE, CloudGuard

NOW = 1_785_600_000.0
REFUSED = CloudError("cloud_credentials")
DOWN = CloudError("cloud_unreachable")


def test_a_fresh_guard_lets_pass() -> None:
    CloudGuard().check(NOW)


def test_a_refusal_begins_a_pause() -> None:
    guard = CloudGuard().failed(NOW, REFUSED)
    with pytest.raises(CloudError) as caught:
        guard.check(NOW + PAUSE - 1)
    assert caught.value.code == "cloud_paused"
    assert datetime.fromtimestamp(NOW + PAUSE, UTC).astimezone().strftime("%Y-%m-%d %H:%M ") in caught.value.text()
    guard.check(NOW + PAUSE)


def test_three_refusals_stop_everything_until_other_credentials() -> None:
    account = Account("user@example.org", "one")
    guard = CloudGuard().of(account)
    for _ in range(3):
        guard = guard.failed(NOW, REFUSED)
    guard = msgspec.json.decode(msgspec.json.encode(guard), type=CloudGuard)  # as after a restart
    with pytest.raises(CloudError) as caught:
        guard.of(account).check(NOW + 10**6)
    assert caught.value.code == "cloud_stopped"
    assert not guard.renewal_possible(NOW + 10**6, urgent=True)
    guard.of(Account("user@example.org", "two")).check(NOW)


def test_what_is_no_refusal_does_not_count() -> None:
    guard = CloudGuard()
    for _ in range(5):
        guard = guard.failed(NOW, DOWN)
    guard.check(NOW + PAUSE)


def test_a_success_forgets_refusals() -> None:
    guard = CloudGuard().failed(NOW, REFUSED).failed(NOW, REFUSED).succeeded(NOW)
    assert (guard.refusals, guard.until) == (0, 0)


def test_a_blocked_account_is_left_alone_for_a_day() -> None:
    guard = CloudGuard().failed(NOW, CloudError("cloud_blocked"))
    with pytest.raises(CloudError):
        guard.check(NOW + BLOCKED_PAUSE - 1)
    guard.check(NOW + BLOCKED_PAUSE)


def test_a_clock_set_back_makes_no_endless_pause() -> None:
    CloudGuard().failed(NOW, REFUSED).check(NOW - 10 * BLOCKED_PAUSE)


def test_renewal_once_a_day_unless_urgent() -> None:
    guard = CloudGuard().succeeded(NOW)
    assert CloudGuard().renewal_possible(NOW, urgent=False)
    assert not guard.renewal_possible(NOW + 3600, urgent=False)
    assert guard.renewal_possible(NOW + 3600, urgent=True)
    assert guard.renewal_possible(NOW + 86400, urgent=False)
    assert not guard.failed(NOW, DOWN).renewal_possible(NOW + 1, urgent=True)


def test_a_token_is_used_again_within_half_a_minute() -> None:
    guard = CloudGuard().succeeded(NOW)
    assert guard.just_fetched(NOW + 29)
    assert not guard.just_fetched(NOW + 30)
    assert not CloudGuard().just_fetched(NOW)


def test_the_mark_does_not_show_the_credentials() -> None:
    guard = CloudGuard().of(Account("user@example.org", "s3cret"))
    assert len(guard.mark) == 8
    assert guard.of(Account("user@example.org", "s3cret")) is guard
