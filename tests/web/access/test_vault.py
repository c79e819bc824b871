import asyncio

import pytest

from heliograph.errors import Cause, UsageError
from heliograph.web.access.vault import KEYS, SESSIONS, Rights, Vault
from tests.web.front import Clock

DAY = 86_400


class Safe:
    def __init__(self, content: bytes | None = None) -> None:
        self.content = content

    def open(self, clock: Clock) -> Vault:
        return Vault(lambda: self.content, self.save, clock=clock.now, session_days=10)

    def save(self, content: bytes) -> None:
        self.content = content


async def test_a_password_is_set_with_the_claim_code_and_checked_after_a_restart() -> None:
    safe = Safe()
    vault = safe.open(Clock())
    assert not vault.password_set
    assert not await vault.check_password("anything")
    assert vault.claimed_by(f" {vault.claim_code.lower()} ")
    assert not vault.claimed_by("WRONG")
    await vault.set_password("correct horse")
    assert not vault.claimed_by(vault.claim_code)
    again = safe.open(Clock())
    assert again.password_set
    assert await again.check_password("correct horse")
    assert not await again.check_password("wrong horse")
    assert not await again.check_password("x" * 1000)


async def test_nothing_that_is_kept_opens_anything() -> None:
    safe = Safe()
    vault = safe.open(Clock())
    await vault.set_password("correct horse")
    session = await vault.open_session()
    _, key = await vault.make_key("Jeedom", Rights.READ)
    assert safe.content is not None
    kept = safe.content.decode()
    assert "$argon2id$" in kept
    for secret in ("correct horse", session, key, key.removeprefix("hg_")):
        assert secret not in kept


async def test_sessions_last_while_they_are_used_and_end_with_another_password() -> None:
    clock = Clock(0)
    safe = Safe()
    vault = safe.open(clock)
    token = await vault.open_session()
    for day in range(2, 30, 2):
        clock.time = day * DAY
        assert await vault.session(token)
    assert await safe.open(clock).session(token)
    clock.time += 10 * DAY
    assert not await vault.session(token)
    other = await vault.open_session()
    await vault.set_password("another one")
    assert not await vault.session(other)


async def test_a_session_is_closed() -> None:
    vault = Safe().open(Clock())
    token = await vault.open_session()
    await vault.close_session(token)
    await vault.close_session("unknown")
    assert not await vault.session(token)


async def test_sessions_have_an_end_in_number() -> None:
    vault = Safe().open(Clock())
    first = await vault.open_session()
    for _ in range(SESSIONS):
        await vault.open_session()
    assert not await vault.session(first)


async def test_keys_are_made_found_used_and_removed() -> None:
    vault = Safe().open(Clock(5))
    key, text = await vault.make_key("Jeedom", Rights.READ)
    assert vault.last_used(key) is None
    assert vault.key(text) == key
    assert vault.last_used(key) == 5
    assert vault.key("hg_wrong") is None
    assert list(vault.keys) == [key]
    assert await vault.remove_key(key.id)
    assert not await vault.remove_key(key.id)
    assert vault.key(text) is None


async def test_there_are_not_too_many_keys() -> None:
    vault = Safe().open(Clock())
    for number in range(KEYS):
        await vault.make_key(str(number), Rights.READ)
    with pytest.raises(ValueError, match="too many"):
        await vault.make_key("one more", Rights.READ)


def test_damaged_content_is_refused() -> None:
    with pytest.raises(ValueError, match="truncated"):
        Safe(b"{").open(Clock())


def test_rights() -> None:
    assert Rights.WRITE.allow(Rights.READ)
    assert Rights.WRITE.allow(Rights.WRITE)
    assert Rights.READ.allow(Rights.READ)
    assert not Rights.READ.allow(Rights.WRITE)


class FullSafe(Safe):
    """A disk that takes nothing while it is full."""

    full = False

    def save(self, content: bytes) -> None:
        if self.full:
            raise UsageError("unwritable_file", path="access.json", cause=Cause("disk_full"))
        super().save(content)


async def test_what_could_not_be_written_did_not_happen() -> None:
    safe = FullSafe()
    vault = safe.open(Clock())
    await vault.set_password("correct horse")
    _, text = await vault.make_key("Jeedom", Rights.READ)
    (key,) = vault.keys
    session = await vault.open_session()
    before = safe.content
    safe.full = True

    with pytest.raises(UsageError):
        await vault.set_password("another horse")
    with pytest.raises(UsageError):
        await vault.make_key("Grafana", Rights.READ)
    with pytest.raises(UsageError):
        await vault.remove_key(key.id)
    assert safe.content == before
    assert vault.keys == (key,)
    assert vault.key(text) == key
    assert await vault.session(session)
    assert await vault.check_password("correct horse")
    assert not await vault.check_password("another horse")


async def test_a_full_disk_locks_nobody_out() -> None:
    safe, clock = FullSafe(), Clock()
    vault = safe.open(clock)
    await vault.set_password("correct horse")
    former = await vault.open_session()
    safe.full = True
    session = await vault.open_session()
    clock.time += 2 * DAY
    assert await vault.session(session)
    assert await vault.session(former)
    await vault.close_session(former)
    assert not await vault.session(former)
    safe.full = False
    await vault.make_key("Jeedom", Rights.READ)
    again = safe.open(clock)
    assert await again.session(session)
    assert not await again.session(former)


async def test_changes_at_one_time_all_reach_the_disk() -> None:
    safe = Safe()
    vault = safe.open(Clock())
    made = await asyncio.gather(*(vault.make_key(str(number), Rights.READ) for number in range(20)))
    assert {key for key, _ in made} == set(vault.keys) == set(safe.open(Clock()).keys)
