"""`heliograph capture`: what a gateway answers, in a folder that can be sent to somebody and replayed."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from heliograph import __version__, protocol
from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.document import iso
from heliograph.cli.files import unreadable, write_private
from heliograph.cli.recorder import Recorder, file_name
from heliograph.cli.target import Target, keep_guard, resolve, what_opens
from heliograph.errors import AnswerError, HeliographError, UnreachableError
from heliograph.model import Facts, firmware_version
from heliograph.model.redact import Pseudonyms

_PAGES: Final = ("/info", "/production", "/home", "/api/v1/production", "/api/v1/production/inverters")
_ENVOY_S: Final = (
    "/info",
    "/production.json?details=1",
    "/production.json",
    "/production",
    "/api/v1/production",
    "/api/v1/production/inverters",
    "/api/v1/consumption",
    "/ivp/meters",
    "/ivp/meters/readings",
    "/inventory.json?deleted=1",
    "/inventory",
    "/home",
    "/admin/lib/tariff",
)
_IQ: Final = (
    "/ivp/ensemble/inventory",
    "/ivp/ensemble/status",
    "/ivp/ensemble/power",
    "/ivp/ensemble/secctrl",
    "/ivp/ensemble/dry_contacts",
    "/ivp/ensemble/generator",
    "/ivp/ensemble/relay",
    "/ivp/ensemble/errors",
    "/ivp/meters/reports",
    "/ivp/meters/reports/production",
    "/ivp/meters/reports/consumption",
    "/ivp/meters/gridReading",
    "/ivp/meters/pvReading",
    "/ivp/pdm/device_data",
    "/ivp/pdm/energy",
    "/ivp/ss/dry_contact_settings",
    "/ivp/ss/pel_settings",
    "/ivp/ss/gen_config",
    "/ivp/ss/gen_schedule",
    "/ivp/ss/gen_mode",
    "/ivp/ss/dpel",
    "/ivp/sc/pvlimit",
    "/ivp/livedata/status",
    "/ivp/peb/devstatus",
    "/ivp/eh/devs",
    "/inv",
    "/admin/lib/acb_config",
)
"""What can be read without changing, waking or burdening anything (protocol.md §3)."""
_README: Final = "_readme"
_HARMLESS: Final = frozenset({"server", "date", "content-type", "content-length", "connection"})
"""Headers that hold no name and no secret, though a version in them may look like an address."""


async def run(desk: Desk, *, host: str | None, folder: str | None, token_file: str | None) -> None:
    """Record a gateway, and write what it answered without secrets and under invented names."""
    target = resolve(desk, host)
    wanted = None if folder is None else _usable(desk, Path(folder))
    credentials, known = what_opens(desk, target, keys.given(desk, token_file))
    recorder = Recorder(target.host, credentials, known=known, cloud=keys.cloud_of(desk), clock=desk.clock)
    try:
        facts, failures = await keys.let_in(desk, recorder, lambda: _record(desk, recorder, target))
    finally:
        await recorder.close()
        keep_guard(desk.environ, recorder.known.guard)
    path = wanted or _usable(desk, _default_folder(desk, facts))
    _write(desk, path, recorder, facts, failures)
    desk.print(desk.say("capture.done", n=len(recorder.replies), path=path))
    desk.print(desk.say("capture.replay", path=path), style="dim")
    for target_failed, failure in failures.items():
        desk.warn(desk.say("capture.failed", target=target_failed, text=failure.text(desk.language)))


def targets_of(facts: Facts) -> tuple[str, ...]:
    """Return what is worth asking a gateway of this firmware."""
    version = firmware_version(facts.firmware)
    if version < (3, 9):
        return _PAGES
    return _ENVOY_S if version < (5,) else (*_ENVOY_S, *_IQ)


async def _record(desk: Desk, recorder: Recorder, target: Target) -> tuple[Facts, dict[str, HeliographError]]:
    """Ask everything, one question after the other; what fails is noted, and the rest goes on.

    Raises:
        HeliographError: the gateway is not there, or does not let us in.
    """
    failures: dict[str, HeliographError] = {}
    with desk.telling(desk.say("capture.recording", host=target.title)) as tell:
        facts = await recorder.identify()
        wanted = targets_of(facts)
        for number, asked in enumerate(wanted, start=1):
            tell(desk.say("capture.asking", number=number, all=len(wanted), target=asked))
            try:
                await recorder.ask(asked)
            except (AnswerError, UnreachableError) as err:
                if err.code in {"unreachable", "unresolved"}:
                    raise
                failures[asked] = err
    return facts, failures


def _usable(desk: Desk, path: Path) -> Path:
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise desk.misuse("usage.folder_not_empty", path=path)
    except OSError as err:
        raise unreadable(path, err) from err
    return path


def _default_folder(desk: Desk, facts: Facts) -> Path:
    firmware = ".".join(str(part) for part in firmware_version(facts.firmware)) or "unknown"
    return Path(f"capture-{firmware}-{iso(desk.clock())[:10]}")


def _write(desk: Desk, path: Path, recorder: Recorder, facts: Facts, failures: Mapping[str, HeliographError]) -> None:
    names = Pseudonyms(secrets.token_bytes(32), serials=_serials(recorder, facts))
    for target, reply in recorder.replies.items():
        name = file_name(target)
        write_private(path / name, names.body(_without(reply.body, desk.secrets)))
        log = _Log(_headers(reply.headers, names, desk), reply.status, round(reply.seconds, 3))
        write_private(path / f"{name}_log.json", msgspec.json.encode(log) + b"\n")
    said = [desk.say("capture.readme", version=__version__, firmware=facts.firmware, at=iso(desk.clock())[:10])]
    said += [f"{target}: {names.text(failure.text(desk.language))}" for target, failure in failures.items()]
    write_private(path / _README, "\n".join(said).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class _Log:
    """What stands beside a body, as the recordings have it."""

    headers: dict[str, str]
    code: int
    duration_seconds: float


def _headers(headers: Iterable[tuple[str, str]], names: Pseudonyms, desk: Desk) -> dict[str, str]:
    """Return the headers as the recordings have them: repeated ones joined, and nothing of the household in them."""
    found: dict[str, str] = {}
    for name, value in headers:
        told = value if name.lower() in _HARMLESS else names.text(desk.safe(value))
        found[name] = f"{found[name]}, {told}" if name in found else told
    return found


def _without(body: bytes, known: Iterable[str]) -> bytes:
    """Take out what we were let in with, should a gateway repeat it."""
    for secret in known:
        if len(secret) > 8:
            body = body.replace(secret.encode(), b"***")
    return body


def _serials(recorder: Recorder, facts: Facts) -> list[str]:
    """Gather every serial number that the answers name, so that each is replaced wherever it stands."""
    answers = {
        target: protocol.answer(target, reply.status, reply.body, 0.0) for target, reply in recorder.replies.items()
    }
    concluded, _ = protocol.conclude(facts, answers)
    return [facts.serial, *(device.serial for device in concluded.devices)]
