"""The mirror's configuration file: channels, platforms, what to take, what to refuse."""

import glob
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from services.conda_mirror.channels import PLATFORMS, ChannelSource, channel_problem
from services.conda_mirror.errors import ConfigurationError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
RESERVED = ("latest", "snapshots", "pool", "t", "healthz", "readyz", "metrics")
"""A channel's name is part of its address; these have a meaning there."""
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
KEYS = ("channels", "platforms", "take", "excludeNewer", "licences", "jobs", "grace")


@dataclass(frozen=True)
class Configuration:
    """A checked configuration file.

    Attributes:
        path: Where it lies; relative paths in it start at its folder.
        channels: Trusted channels, highest priority first.
        platforms: Platforms to take packages for.
        locks: Lock files, or explicit lists (`*.txt`: `<URL>#sha256:<hash>` a line), whose packages are taken exactly.
        environments: Environment files, which are solved.
        specs: Match specs; every package that fits is taken, and what the newest of them needs.
        exclude_newer: Age that a package must have, or the latest build time.
        deny: Licences that are refused; `AGPL-*` and the like are understood.
        jobs: Downloads at a time.
        grace: How long files that left the channel can still be had from it, for clients that hold an older index.
    """

    path: Path
    channels: tuple[ChannelSource, ...]
    platforms: tuple[str, ...] = ("linux-64",)
    locks: tuple[Path, ...] = ()
    environments: tuple[Path, ...] = ()
    specs: tuple[str, ...] = ()
    exclude_newer: datetime | timedelta | None = None
    deny: tuple[str, ...] = ()
    jobs: int = 16
    grace: timedelta = timedelta(days=7)

    def cutoff(self, now: datetime) -> datetime | None:
        """Latest build time of a package that may be taken.

        An age counts in whole hours: so a run within the hour is known to find nothing new.
        """
        if isinstance(self.exclude_newer, timedelta):
            return now.replace(minute=0, second=0, microsecond=0) - self.exclude_newer
        return self.exclude_newer


def read_configuration(path: Path) -> Configuration:
    """Read a configuration file, YAML or JSON.

    Raises:
        ConfigurationError: One message with every problem of it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (OSError, ValueError) as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must be a mapping with `channels` and `take`")
    reader = _Reader(path.parent, content)
    configuration = reader.read(path)
    if reader.problems:
        lines = "\n  ".join(reader.problems)
        raise ConfigurationError(f"{path}: {len(reader.problems)} problem(s)\n  {lines}")
    return configuration


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - only where needed: a sync that finds nothing new should cost nothing

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None


def parse_duration(text: str) -> timedelta:
    """A duration such as `7d`, `12h`, `30m` or `2w`.

    Raises:
        ValueError: It is not one.
    """
    match = re.fullmatch(r"(\d+)([mhdw])", text.strip())
    if not match:
        raise ValueError(f"`{text}` is not a duration such as 30m, 12h, 7d or 2w")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


class _Reader:
    """Reads the parts and collects what is wrong with them."""

    def __init__(self, folder: Path, content: Mapping[Any, Any]) -> None:
        self.folder = folder
        self.content = content
        self.problems: list[str] = []

    def read(self, path: Path) -> Configuration:
        self._known("", self.content, KEYS)
        take = self._mapping("take", ("locks", "environments", "specs"))
        licences = self._mapping("licences", ("deny",))
        channels = self._channels()
        specs = self._texts("take.specs", take.get("specs"))
        locks = self._paths("take.locks", take.get("locks"))
        environments = self._paths("take.environments", take.get("environments"))
        if not (specs or locks or environments) and not self.problems:
            self.problems.append("`take`: name at least one of locks, environments and specs; nothing would be taken")
        jobs = self.content.get("jobs", 16)
        if not isinstance(jobs, int) or isinstance(jobs, bool) or not 1 <= jobs <= 64:
            self.problems.append(f"`jobs`: {jobs!r} must be a whole number from 1 to 64")
        grace = self.content.get("grace", "7d")
        return Configuration(
            path=path,
            channels=channels,
            platforms=self._platforms(),
            locks=locks,
            environments=environments,
            specs=specs,
            exclude_newer=self._exclude_newer(self.content.get("excludeNewer")),
            deny=self._texts("licences.deny", licences.get("deny")),
            jobs=jobs,
            grace=self._duration("grace", grace) or timedelta(),
        )

    def _known(self, where: str, content: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
        for key in content:
            if key not in keys:
                self.problems.append(f"`{where}{key}`: no such setting; allowed: {', '.join(keys)}")

    def _mapping(self, key: str, keys: tuple[str, ...]) -> Mapping[Any, Any]:
        value = self.content.get(key) or {}
        if not isinstance(value, dict):
            self.problems.append(f"`{key}`: must be a mapping of {', '.join(keys)}")
            return {}
        self._known(f"{key}.", value, keys)
        return value

    def _texts(self, where: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.problems.append(f"`{where}`: must be a list of text")
            return ()
        return tuple(entry.strip() for entry in value)

    def _paths(self, where: str, value: Any) -> tuple[Path, ...]:
        paths: list[Path] = []
        for entry in self._texts(where, value):
            pattern = str(self.folder / entry)
            found = sorted(path for path in glob.glob(pattern) if Path(path).is_file())  # noqa: PTH207 - may be absolute
            paths += [Path(path) for path in found]
            if not found:
                self.problems.append(f"`{where}`: no file {self.folder / entry}")
        return tuple(dict.fromkeys(paths))

    def _platforms(self) -> tuple[str, ...]:
        platforms = self._texts("platforms", self.content.get("platforms", ["linux-64"]))
        for platform in platforms:
            if platform not in PLATFORMS:
                self.problems.append(
                    f"`platforms`: `{platform}` must be one of {', '.join(PLATFORMS)} (noarch comes along)"
                )
        if not platforms:
            self.problems.append(f"`platforms`: name at least one of {', '.join(PLATFORMS)}")
        return tuple(dict.fromkeys(platforms))

    def _channels(self) -> tuple[ChannelSource, ...]:
        given = self.content.get("channels")
        if not isinstance(given, list) or not given:
            self.problems.append("`channels`: must be a list of {name, url, source?}, highest priority first")
            return ()
        channels = [self._channel(f"channels[{number}]", entry) for number, entry in enumerate(given)]
        found = [channel for channel in channels if channel]
        for what, values in (("name", [c.name for c in found]), ("url", [c.canonical for c in found])):
            for twice in sorted({value for value in values if values.count(value) > 1}):
                self.problems.append(f"`channels`: {what} `{twice}` is there twice")
        return tuple(found)

    def _channel(self, where: str, entry: Any) -> ChannelSource | None:
        if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
            self.problems.append(f"`{where}`: must be a mapping of name, url and optionally source")
            return None
        self._known(f"{where}.", entry, ("name", "url", "source"))
        name, url, source = entry.get("name", ""), entry.get("url", ""), entry.get("source")
        if not NAME.fullmatch(name) or name in RESERVED:
            self.problems.append(
                f"`{where}.name`: `{name}` must be lower-case letters, digits, `.`, `_` and `-`, "
                f"and none of {', '.join(RESERVED)}"
            )
        for key, value in (("url", url), ("source", source)):
            if value is not None and (problem := channel_problem(value)):
                self.problems.append(f"`{where}.{key}`: {problem}")
        return ChannelSource(name, url, source)

    def _duration(self, where: str, value: Any) -> timedelta | None:
        try:
            return parse_duration(str(value))
        except ValueError as problem:
            self.problems.append(f"`{where}`: {problem}")
            return None

    def _exclude_newer(self, value: Any) -> datetime | timedelta | None:
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if not isinstance(value, datetime):
            try:
                return parse_duration(str(value))
            except ValueError:
                pass
            try:
                value = datetime.fromisoformat(str(value))
            except ValueError:
                self.problems.append(f"`excludeNewer`: `{value}` must be an age (7d) or a date (2026-11-01)")
                return None
        return value if value.tzinfo else value.replace(tzinfo=UTC)
