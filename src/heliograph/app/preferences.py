"""The settings as the page sees and changes them."""

import asyncio
from collections.abc import Callable, Mapping

from heliograph.app import file
from heliograph.app.file import Effective, SettingsError
from heliograph.app.rules import Choice, Number, Value
from heliograph.app.settings import TABLE, Setting, Settings, value_of
from heliograph.app.words import table
from heliograph.web.shapes import house as shapes


class Preferences:
    """Shows and changes the settings file."""

    def __init__(
        self, effective: Effective, environment: Mapping[str, str], *, changed: Callable[[Settings], None]
    ) -> None:
        """Take the settings in force; `changed` hears of those that take effect at once."""
        self._started = effective
        self._now = effective
        self._environment = environment
        self._changed = changed
        self._lock = asyncio.Lock()

    @property
    def current(self) -> Settings:
        """The settings as the file has them now; most are in force from the next start on."""
        return self._now.settings

    def all(self, language: str) -> shapes.Settings:
        """Return every setting."""
        words = table(language)
        sections: dict[str, list[shapes.Preference]] = {}
        for row in TABLE.values():
            sections.setdefault(row.section, []).append(self._shown(row, words))
        return shapes.Settings(
            file=str(self._now.path),
            sections=[
                shapes.Section(name=name, title=words[f"section.{name}"], settings=rows)
                for name, rows in sections.items()
            ],
            restart_needed=any(self._pending(row) for row in TABLE.values()),
        )

    async def change(self, changes: Mapping[str, object]) -> None:
        """Put values into the file, then read it anew.

        Raises:
            SettingsError: a value will not do, or the environment has the last word.
            UsageError: the file cannot be read or written.
        """
        values = file.checked(changes, self._now.path.name)
        for key in values:
            origin = self._now.origins[key]
            if origin.kind == "environment":
                raise SettingsError("environment", key, variable=origin.name)
            if TABLE[key].secret and _is_masked(TABLE[key], str(values[key])):
                raise SettingsError("masked", key, origin=self._now.path.name)
        async with self._lock:
            await asyncio.to_thread(file.change, self._now.path, values, "en")
            self._now = await asyncio.to_thread(file.load, self._now.path, self._environment)
        self._changed(self._now.settings)

    def _pending(self, row: Setting) -> bool:
        return not row.live and value_of(self._now.settings, row.key) != value_of(self._started.settings, row.key)

    def _shown(self, row: Setting, words: Mapping[str, str]) -> shapes.Preference:
        rule = row.rule
        return shapes.Preference(
            key=row.key,
            value=_plain(file.shown(self._now, row)),
            default=_plain(row.default),
            kind=rule.kind,
            origin=self._now.origins[row.key].kind,
            text=words[f"setting.{row.key}"],
            live=row.live,
            pending=self._pending(row),
            secret=row.hidden,
            variable=row.variable,
            options=list(rule.options) if isinstance(rule, Choice) else [],
            least=rule.least if isinstance(rule, Number) else None,
            most=rule.most if isinstance(rule, Number) else None,
        )


def _is_masked(row: Setting, value: str) -> bool:
    """Return whether a value is what is shown in the place of a secret one, or holds it."""
    return value == file.HIDDEN if row.hidden else file.HIDDEN in value


def _plain(value: Value) -> float | bool | str | list[str]:
    return list(value) if isinstance(value, tuple) else value
