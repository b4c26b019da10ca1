"""Which locks there are, and which builds on which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.conda_mirror.channels import ChannelSource
from tools.lock.errors import LockError
from tools.lock.options import PACKAGE_MANAGERS
from tools.lock.sources import PLATFORM_LAYER, Environment, Kind, Layers


@dataclass(frozen=True)
class Layer:
    """A lock to make.

    Attributes:
        name: of the lock and of the image's layer.
        kind: what it is.
        python: such as `3.10`.
        specs: what is asked for, with all that the layers below ask for.
        channels: in order of priority.
        parent: the layer below, whose packages it has, too; None for a full lock.
        path: the file that it comes from, for messages.
        wanted: the version of Python that its file asks for; `python` stands for it.
        required_imports: the modules that must import in the image.
        required_packages: names that must be in the lock.
        detached: whether it is an environment with a full lock of its own.
        cuda: the version of CUDA that its packages may expect.
        alone: what would be asked for if it were detached.
    """

    name: str
    kind: Kind
    python: str
    specs: tuple[str, ...]
    channels: tuple[ChannelSource, ...]
    parent: str | None
    path: Path
    required_imports: tuple[str, ...] = ()
    required_packages: tuple[str, ...] = ()
    detached: bool = False
    cuda: str | None = None
    wanted: str | None = None
    alone: tuple[str, ...] = ()


def plan(
    layers: Layers,
    environments: Sequence[Environment],
    platform: Environment | None,
    *,
    channels: Sequence[ChannelSource],
    layers_path: Path,
    package_manager: str = "none",
    pythons: Mapping[str, str | None] | None = None,
) -> tuple[list[Layer], list[str]]:
    """Return the locks to make, each after the one it builds on, and the environments that are left out.

    Args:
        layers: the lists of the lower layers.
        environments: of the workspaces.
        platform: of the in-cluster programs.
        channels: in order of priority.
        layers_path: where the lists of the lower layers lie.
        package_manager: goes into the base layer, unless `none`.
        pythons: the version of Python to use for a wanted one where the channel does not have all; None for one that
            it has nothing for, whose environments are left out.

    Raises:
        LockError: the package manager is not known.
    """
    if package_manager not in PACKAGE_MANAGERS:
        raise LockError(f"package manager `{package_manager}`: allowed are {', '.join(PACKAGE_MANAGERS)}")
    manager = () if package_manager == "none" else (package_manager,)
    chosen: list[Layer] = []
    left_out: list[str] = []
    below: dict[str, Layer] = {}
    tops: list[Layer] = []
    for environment in environments:
        python = _given(environment.python, pythons)
        if python is None:
            left_out.append(f"{environment.name} (Python {environment.python})")
            continue
        base = _lower("base", python, (*layers.base, *manager), layers=layers, channels=channels, path=layers_path)
        if environment.detached:
            tops.append(_detached(environment, python, base, layers))
            below[base.name] = base
            continue
        common = _lower(
            "common", python, (*base.specs, *layers.common), layers=layers, channels=channels, path=layers_path
        )
        below[base.name], below[common.name] = base, common
        tops.append(_top(environment, python, (base, common), layers))
    chosen = [*below.values(), *tops]
    if platform is not None:
        python = _given(platform.python, pythons)
        if python is None:
            left_out.append(f"{PLATFORM_LAYER} (Python {platform.python})")
        else:
            chosen.append(
                Layer(
                    PLATFORM_LAYER,
                    "platform",
                    python,
                    _with_python(("python", *platform.specs), python),
                    platform.channels,
                    None,
                    platform.path,
                    platform.required_imports,
                )
            )
    return chosen, left_out


def _given(python: str, pythons: Mapping[str, str | None] | None) -> str | None:
    return python if pythons is None else pythons.get(python, python)


def _lower(
    kind: Kind, python: str, specs: Sequence[str], *, layers: Layers, channels: Sequence[ChannelSource], path: Path
) -> Layer:
    tag = f"py{python.replace('.', '')}"
    return Layer(
        f"{kind}-{tag}",
        kind,
        python,
        _with_python(specs, python),
        tuple(channels),
        None if kind == "base" else f"base-{tag}",
        path,
        tuple(layers.required_imports.get(kind, ())),
    )


def _top(environment: Environment, python: str, below: tuple[Layer, Layer], layers: Layers) -> Layer:
    base, common = below
    return Layer(
        environment.name,
        "environment",
        python,
        _with_python((*common.specs, *environment.specs), python),
        environment.channels,
        common.name,
        environment.path,
        environment.required_imports,
        layers.environment,
        cuda=environment.cuda,
        wanted=environment.python,
        alone=_with_python((*base.specs, *environment.specs), python),
    )


def _detached(environment: Environment, python: str, base: Layer, layers: Layers) -> Layer:
    # What the platform's own programs in the image need is part of every image.
    return Layer(
        environment.name,
        "environment",
        python,
        _with_python((*base.specs, *environment.specs), python),
        environment.channels,
        None,
        environment.path,
        environment.required_imports,
        layers.environment,
        detached=True,
        cuda=environment.cuda,
        wanted=environment.python,
    )


def _with_python(specs: Sequence[str], python: str) -> tuple[str, ...]:
    """Return the specs, each once, with Python's version."""
    own = [f"python {python}.*" if spec == "python" else spec for spec in specs]
    return tuple(dict.fromkeys(own))
