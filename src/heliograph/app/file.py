"""The settings file: one commented TOML document, overridden by the environment, edited without losing a comment."""

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from heliograph.app.rules import Value, WrongValueError
from heliograph.app.settings import PREFIX, TABLE, Setting, Settings, assembled, value_of
from heliograph.app.words import say, table
from heliograph.errors import Cause, HeliographError, UsageError
from heliograph.model.redact import MASK, mask_address

NAME: Final = "heliograph.toml"
FILE_VARIABLE: Final = f"{PREFIX}_CONFIG"
HIDDEN: Final = MASK
"""Stands for a value that is secret as a whole."""
_SECTIONS: Final = tuple({f"{PREFIX}_{row.section}_".upper() for row in TABLE.values()})
"""How the variables begin that are settings."""


class SettingsError(HeliographError):
    """Settings that cannot be used."""

    def __init__(self, code: str, key: str = "", **details: object) -> None:
        """Take a code of the words (`setting.wrong.…`), the key it concerns, and details."""
        super().__init__(code, key=key, **details)
        self.key: Final = key

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language (`fr`, `en`), one line."""
        return say(f"setting.wrong.{self.code}", language, **self.details)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from."""

    kind: str
    """`default`, `file` or `environment`."""
    name: str = ""
    """Of the variable."""


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings in force, and where each comes from."""

    settings: Settings
    origins: Mapping[str, Origin]
    path: Path
    problems: tuple[SettingsError, ...] = ()
    """What the file or the environment holds that nobody knows."""


def path_of(folder: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the settings file is: in the data folder, unless `HELIOGRAPH_CONFIG` names another."""
    given = environment.get(FILE_VARIABLE)
    return Path(given).expanduser() if given else folder / NAME


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Effective:
    """Read the settings in force.

    Raises:
        SettingsError: the file is no TOML, or a value will not do.
        UsageError: `unreadable_file`.
    """
    values: dict[str, Value] = {}
    origins = dict.fromkeys(TABLE, Origin("default"))
    problems: list[SettingsError] = []
    for key, given in _flat(_document(path), problems):
        values[key] = _read(TABLE[key], given, str(path))
        origins[key] = Origin("file")
    for row in TABLE.values():
        if (text := environment.get(row.variable)) is not None:
            values[row.key] = _from_text(row, text)
            origins[row.key] = Origin("environment", row.variable)
    known = {row.variable for row in TABLE.values()}
    foreign = (name for name in sorted(environment) if name.startswith(_SECTIONS) and name not in known)
    problems.extend(SettingsError("unknown_variable", name, variable=name) for name in foreign)
    return Effective(assembled(values), origins, path, tuple(problems))


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as err:
        raise unreadable(path, err) from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise SettingsError("toml", path=str(path), cause=str(err)) from err


def _flat(document: Mapping[str, Any], problems: list[SettingsError]) -> list[tuple[str, object]]:
    found = []
    for section, content in document.items():
        if not isinstance(content, dict):
            problems.append(SettingsError("unknown_key", section))
            continue
        for name, given in content.items():
            key = f"{section}.{name}"
            if key in TABLE:
                found.append((key, given))
            else:
                problems.append(SettingsError("unknown_key", key))
    return found


def _read(row: Setting, given: object, origin: str) -> Value:
    try:
        return row.rule.read(given)
    except WrongValueError as err:
        raise SettingsError(err.code, row.key, origin=origin, **err.details) from err


def _from_text(row: Setting, text: str) -> Value:
    try:
        return row.rule.from_text(text)
    except WrongValueError as err:
        raise SettingsError(err.code, row.key, origin=row.variable, **err.details) from err


def checked(changes: Mapping[str, object], origin: str) -> dict[str, Value]:
    """Check values given by key.

    Raises:
        SettingsError: a key is unknown, or a value will not do.
    """
    found = {}
    for key, given in changes.items():
        if key not in TABLE:
            raise SettingsError("unknown_key", key)
        found[key] = _read(TABLE[key], given, origin)
    return found


def template(language: str) -> str:
    """Write the whole file with every setting explained, each standing at its default in a comment."""
    words = table(language)
    lines = [f"# {line}" for line in words["setting.file"].split("\n")]
    section = ""
    for row in TABLE.values():
        if row.section != section:
            section = row.section
            lines += ["", f"[{section}]", f"# {words[f'section.{section}']}"]
        lines += ["", *(f"# {line}" for line in words[f"setting.{row.key}"].split("\n"))]
        lines.append(f"# {row.name} = {toml(row.default)}")
    return "\n".join(lines) + "\n"


def toml(value: Value) -> str:
    """Write a value as TOML has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
    return str(value)


def change(path: Path, changes: Mapping[str, Value], language: str) -> None:
    """Put values into the file, whose comments stay.

    Raises:
        SettingsError: the file is no TOML.
        UsageError: `unreadable_file` or `unwritable_file`.
    """
    try:
        text = path.read_text("utf-8") if path.exists() else template(language)
    except (OSError, UnicodeDecodeError) as err:
        raise unreadable(path, err) from err
    for key, value in changes.items():
        text = _put(text, TABLE[key], value)
    write(path, text)


def _put(text: str, row: Setting, value: Value) -> str:
    import tomlkit  # noqa: PLC0415 - only when a setting is changed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - as above

    try:
        document: Any = tomlkit.parse(text)
    except TOMLKitError as err:
        raise SettingsError("toml", path=NAME, cause=str(err)) from err
    section = document.get(row.section)
    if section is None or row.name not in section:
        # Where the default stands in a comment, the value takes its place.
        pattern = rf"(^\[{row.section}\]\s*$(?:\n(?!\[).*)*?\n)# ?{row.name} = .*$"
        put, count = re.subn(
            pattern, lambda found: f"{found[1]}{row.name} = {toml(value)}", text, count=1, flags=re.MULTILINE
        )
        if count:
            return put
    if section is None:
        section = document[row.section] = tomlkit.table()
    section[row.name] = list(value) if isinstance(value, tuple) else value
    return tomlkit.dumps(document)


def write(path: Path, text: str) -> None:
    """Write the file whole, readable by its owner alone: an address of a database may hold a password.

    Raises:
        UsageError: `unwritable_file`.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as err:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise UsageError("unwritable_file", path=str(path), cause=Cause.of(err)) from err


def unreadable(path: Path, err: Exception) -> UsageError:
    """Make the error of a file that cannot be read."""
    cause = Cause.of(err) if isinstance(err, OSError) else Cause("system", {"detail": str(err) or type(err).__name__})
    return UsageError("unreadable_file", path=str(path), cause=cause)


def shown(effective: Effective, row: Setting) -> Value:
    """Return a value as it may be shown: without what it may hold in secret."""
    value = value_of(effective.settings, row.key)
    if row.hidden and value:
        return HIDDEN
    if row.secret and isinstance(value, str):
        return mask_address(value)
    return value
