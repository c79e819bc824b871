import os
import subprocess
import sys
from pathlib import Path

import pytest

import heliograph
from heliograph.cli import main
from tests.cli.conftest import Run, emulated


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environ}
    )


def test_the_front_door_opens_when_asked() -> None:
    assert heliograph.Gateway.__name__ == "Gateway"
    assert set(heliograph.__all__) <= set(dir(heliograph))
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = heliograph.Nonsense


@pytest.mark.parametrize("name", heliograph.__all__)
def test_everything_promised_is_there(name: str) -> None:
    assert getattr(heliograph, name) is not None


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import heliograph", ("aiohttp", "msgspec", "heliograph.gateway")),
        ("from heliograph.cli import main; main(['--version'])", ("typer", "rich", "aiohttp", "msgspec")),
        ("from heliograph.cli import main; main(['--help'])", ("rich.console", "aiohttp", "msgspec", "zeroconf")),
        ("from heliograph.cli import main; main(['read', '--help'])", ("aiohttp", "msgspec", "zeroconf")),
    ],
)
def test_loads_no_more_than_it_needs(code: str, absent: tuple[str, ...]) -> None:
    ended = python(
        f"import sys, atexit\natexit.register(lambda: print([n for n in {absent!r} if n in sys.modules]))\n{code}"
    )

    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("missing", ["typer", "rich"])
@pytest.mark.parametrize(
    ("locale", "says"), [("C", "Part “cli” is not installed"), ("fr_FR", "Module « cli » non installé")]
)
def test_says_what_is_not_installed(missing: str, locale: str, says: str) -> None:
    ended = python(
        f"import sys; sys.modules[{missing!r}] = None\nfrom heliograph.cli import main; main(['read', '127.0.0.1'])",
        LC_ALL=locale,
        PYTHONUTF8="1",
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(says)
    assert "--extra cli" in ended.stderr


def test_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "heliograph", "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own

    assert ended.stdout == f"heliograph {heliograph.__version__}\n"


async def test_without_a_command_there_is_help(run: Run) -> None:
    assert (await run()).out == (await run("--help")).out
    assert "Usage: heliograph" in (await run()).out


async def test_a_group_without_a_command_explains_itself(run: Run) -> None:
    ended = await run("token", "--lang", "fr")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Usage : heliograph token")


@pytest.mark.parametrize("arguments", [("--version",), ("-V",), ("--lang", "fr", "--version")])
async def test_tells_its_version(arguments: tuple[str, ...], run: Run) -> None:
    assert (await run(*arguments)).out == f"heliograph {heliograph.__version__}\n"


@pytest.mark.parametrize("command", ["", "read", "sync", "watch", "capture", "emulate", "doctor", "discover", "token"])
async def test_help_fits_eighty_columns_in_both_languages(command: str, run: Run) -> None:
    arguments = [command] if command else []
    english, french = [(await run(*arguments, "--help", "--lang", language)).out for language in ("en", "fr")]

    assert english.startswith("Usage: heliograph")
    assert french.startswith("Usage : heliograph")
    assert max(map(len, (english + french).splitlines())) <= 80


async def test_colours_only_where_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async with emulated("envoy-r-3.7") as gateway:
        monkeypatch.setenv("FORCE_COLOR", "1")
        coloured = await run("read", gateway.host)
        monkeypatch.setenv("NO_COLOR", "1")
        plain = await run("read", gateway.host)

    assert "\x1b[1m" in coloured.out
    assert "\x1b[3" not in plain.out


def test_a_reader_that_has_had_enough_is_no_mishap(tmp_path: Path) -> None:
    command = f"{sys.executable} -m heliograph emulate --list | head -1"
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - our own

    assert ended.stderr == ""


def test_interrupted_before_anything_began(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("heliograph.cli.app.run", interrupt)
    with pytest.raises(SystemExit) as ended:
        main(["read"])
    assert ended.value.code == 130
