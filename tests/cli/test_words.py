import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import heliograph.cli
from heliograph.cli.app import app
from heliograph.cli.language import LANGUAGES, chosen_language
from heliograph.cli.words import Words, families_and_faults, table
from heliograph.emulator.families import FAMILIES
from heliograph.emulator.faults import all_faults

SOURCES = sorted(Path(heliograph.cli.__file__).parent.rglob("*.py"))


def test_both_languages_say_the_same_things() -> None:
    assert table("en").keys() == table("fr").keys()


@pytest.mark.parametrize("key", table("en"))
def test_both_languages_name_the_same_details(key: str) -> None:
    names = [{name for _, name, _, _ in string.Formatter().parse(table(one)[key]) if name} for one in LANGUAGES]

    assert names[0] == names[1]


def said(source: Path) -> Iterator[str]:
    """Find the texts that a module asks for by a literal key; other rooms have words of their own."""
    tree = ast.parse(source.read_text("utf-8"))
    foreign = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in foreign:
            continue
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"say", "_say", "words", "misuse", "find"} and isinstance(node.args[0].value, str):
                yield node.args[0].value
            key = str(node.args[0].value)
            if name == "count" and re.fullmatch(r"[\w.]+", key):
                yield f"{key}.one"
                yield f"{key}.many"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_everything_that_is_said_has_words(source: Path) -> None:
    assert [key for key in said(source) if key not in table("en")] == []


def commands(command: Any = None, path: str = "") -> Iterator[tuple[str, Any]]:
    command = command or typer.main.get_command(app)
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path}.{name}")


def test_every_command_and_option_has_help() -> None:
    english = table("en")
    for path, command in commands():
        assert f"help{path}" in english
        for param in command.params:
            assert f"help{path}.{param.name}" in english or f"help.param.{param.name}" in english


def test_counts_as_each_language_does() -> None:
    english, french = Words("en"), Words("fr")

    assert [english.count("read.findings", n) for n in (0, 1, 2)] == ["0 issues", "1 issue", "2 issues"]
    assert french.count("sync.retired_known", 0) == french("sync.retired_known.one", n=0)


@pytest.mark.parametrize(
    ("arguments", "environ", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_FR.UTF-8"}, "fr"),
        ([], {"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        (["--lang", "fr"], {"LC_ALL": "en_US.UTF-8"}, "fr"),
        (["read", "--lang=en"], {"LC_ALL": "fr_FR.UTF-8"}, "en"),
        (["--", "--lang", "fr"], {}, "en"),
        (["--lang"], {"LANG": "fr"}, "fr"),
    ],
)
def test_speaks_the_reader_s_language(arguments: list[str], environ: dict[str, str], language: str) -> None:
    assert chosen_language(arguments, environ) == language


def test_what_can_be_emulated_is_said_in_french_too() -> None:
    assert families_and_faults("fr").keys() == FAMILIES.keys() | all_faults().keys()
    assert families_and_faults("en") == {}
