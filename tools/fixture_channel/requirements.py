"""What the packages of wheels depend on, as conda packages say it."""

import email.parser
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.inputs import normalised


@dataclass(frozen=True)
class Wheel:
    """A downloaded wheel.

    Attributes:
        path: the file.
        metadata: its METADATA.
        pure: whether it has no compiled code.
    """

    path: Path
    metadata: Message = field(repr=False)
    pure: bool

    @property
    def name(self) -> str:
        """Return the normalised name."""
        return normalised(self.metadata["Name"])

    @property
    def version(self) -> str:
        """Return the version."""
        return self.metadata["Version"]

    @property
    def stable_abi(self) -> bool:
        """Whether one build fits all versions of Python from some version on."""
        return any(tag.abi == "abi3" for tag in parse_wheel_filename(self.path.name)[3])


def read_wheel(path: Path) -> Wheel:
    """Read a wheel's metadata.

    Raises:
        FixtureChannelError: it is not a wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            text = archive.read(member).decode(errors="replace")
    except (zipfile.BadZipFile, StopIteration) as error:
        raise FixtureChannelError(f"{path} is not a wheel; delete it and try again") from error
    tags = parse_wheel_filename(path.name)[3]
    pure = all(tag.platform == "any" for tag in tags)
    if not pure and not all(tag.interpreter.startswith("cp") for tag in tags):
        raise FixtureChannelError(f"{path.name}: binary wheels that name no CPython are not supported")
    return Wheel(path, email.parser.Parser().parsestr(text), pure)


def depends(
    wheel: Wheel, python: str, machine: str, others: Mapping[str, Wheel], conda_name: Callable[[str], str]
) -> tuple[str, ...]:
    """Return the dependencies of a wheel's package for one version of Python on Linux.

    Conda packages know no extras, so what an extra of a dependency needs becomes a dependency here.

    Args:
        wheel: the wheel.
        python: such as `3.10`.
        machine: such as `x86_64`.
        others: all wheels for that Python, by normalised name.
        conda_name: gives a package's name on conda-forge.
    """
    environment = marker_environment(python, machine)
    found = {}
    for requirement in _requirements(wheel, environment, [""], others):
        specifier = ",".join(sorted(str(part) for part in requirement.specifier))
        name = conda_name(requirement.name)
        found[f"{name} {specifier}".rstrip()] = None
    required = wheel.metadata["Requires-Python"]
    found[f"python {required.replace(' ', '')}" if required else "python"] = None
    return tuple(sorted(found))


def _requirements(
    wheel: Wheel, environment: Mapping[str, str], extras: Iterable[str], others: Mapping[str, Wheel]
) -> Iterator[Requirement]:
    for line in wheel.metadata.get_all("Requires-Dist") or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker and not any(marker.evaluate({**environment, "extra": extra}) for extra in extras):
            continue
        if not marker and "" not in extras:
            continue
        yield requirement
        other = others.get(normalised(requirement.name))
        if requirement.extras and other is not None:
            for nested in _requirements(other, environment, requirement.extras, others):
                # Only what the extra brings; the rest is a dependency of the other package itself.
                if nested.marker and "extra" in str(nested.marker):
                    yield nested


def marker_environment(python: str, machine: str) -> dict[str, str]:
    """Return what environment markers (PEP 508) are evaluated with."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


_LICENCES = (
    ("mit license", "MIT"),
    ("bsd", "BSD-3-Clause"),
    ("apache", "Apache-2.0"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("python software foundation", "PSF-2.0"),
    ("isc license", "ISC"),
    ("public domain", "Unlicense"),
)


def licence(wheel: Wheel) -> str:
    """Return the licence as an SPDX expression, from whichever field of the metadata says it."""
    metadata = wheel.metadata
    expression = metadata["License-Expression"]
    if expression:
        return expression
    text = (metadata["License"] or "").strip()
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    # The field may hold a name or the whole text, hence only its beginning.
    said = " ".join([*classifiers, text[:200]]).lower()
    if text.upper() in ("MIT", "ISC"):
        return text.upper()
    return next((spdx for words, spdx in _LICENCES if words in said), f"LicenseRef-{wheel.name}")
