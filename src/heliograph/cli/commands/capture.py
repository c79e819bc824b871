"""`heliograph capture`: what a gateway answers, in a folder that can be sent to somebody and replayed."""

from pathlib import Path

from heliograph import __version__
from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.document import iso
from heliograph.cli.files import unreadable, write_private
from heliograph.cli.target import Target, keep_guard, resolve, what_opens
from heliograph.errors import HeliographError
from heliograph.gateway.capture import Capture
from heliograph.model import Facts, firmware_version


async def run(desk: Desk, *, host: str | None, folder: str | None, token_file: str | None) -> None:
    """Record a gateway, and write what it answered without secrets and under invented names."""
    target = resolve(desk, host)
    wanted = None if folder is None else _usable(desk, Path(folder))
    credentials, known = what_opens(desk, target, keys.given(desk, token_file))
    recorder = Capture(target.host, credentials, before=known, cloud=keys.cloud_of(desk), clock=desk.clock)
    try:
        facts, failures = await keys.let_in(desk, recorder, lambda: _record(desk, recorder, target))
    finally:
        await recorder.close()
        keep_guard(desk.environ, recorder.link_facts.guard)
    path = wanted or _usable(desk, _default_folder(desk, facts))
    readme = desk.say("capture.readme", version=__version__, firmware=facts.firmware, at=iso(desk.clock())[:10])
    for name, content in recorder.files(
        failures, readme, language=desk.language, clean=desk.safe, secret_texts=desk.secrets
    ).items():
        write_private(path / name, content)
    desk.print(desk.say("capture.done", n=len(recorder.replies), path=path))
    desk.print(desk.say("capture.replay", path=path), style="dim")
    for target_failed, failure in failures.items():
        desk.warn(desk.say("capture.failed", target=target_failed, text=failure.text(desk.language)))


async def _record(desk: Desk, recorder: Capture, target: Target) -> tuple[Facts, dict[str, HeliographError]]:
    with desk.telling(desk.say("capture.recording", host=target.title)) as tell:
        failures = await recorder.record(
            lambda number, all_, asked: tell(desk.say("capture.asking", number=number, all=all_, target=asked))
        )
    return recorder.facts, failures


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
