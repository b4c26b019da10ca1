"""Finds uv, the installer of Python packages, or puts it into `.slate/uv`."""

import shutil
import sys
from pathlib import Path

from tools.bootstrap.caches import cache_variables
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.processes import output_of
from tools.bootstrap.requirements import pinned
from tools.bootstrap.search import files_on_path
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import content_key
from tools.bootstrap.versions import Rule, at_least, find_version
from tools.bootstrap.workplace import Workplace

# Since then `uv pip sync` knows every option that is used here.
RULE: Rule = at_least("0.5.0")

# Variables of the user's shell that would make Python or uv look at another environment than ours.
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT")


def base_python() -> str:
    """Return the interpreter that environments are made from: never one inside another environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def python_environ(place: Workplace) -> dict[str, str]:
    """Return the environment variables for uv and pip.

    uv does not read pip's settings; those that name a package index or certificates are handed on, since a site
    with a mirror of its own usually has set up pip already.
    """
    environ = {name: value for name, value in place.environ.items() if name not in _FOREIGN}
    environ.update(cache_variables(place))
    environ.update({"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    for pip, uv in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if environ.get(pip) and not environ.get(uv):
            environ[uv] = environ[pip]
    return environ


def installed_uv(place: Workplace) -> tuple[str, str, str] | None:
    """Return (state, version, path) of the uv in use, or None; runs nothing but `uv --version`."""
    for path in files_on_path(place, "uv"):
        version = find_version(output_of([str(path), "--version"], place.environ) or "")
        if version is not None and RULE.accepts(version):
            return "found", str(version), str(path)
    own = place.slate / "uv" / "bin" / "uv"
    if own.exists() and _stamp(place).exists() and _stamp(place).read_text(encoding="utf-8") == _key(place):
        return "installed", pinned(place.requirements / "bootstrap.txt", "uv"), str(own)
    return None


def ensure_uv(task: Task) -> str:
    """Return the path of uv, installing it first if need be.

    Raises:
        BootstrapError: Python cannot make environments, or the package index does not answer.
    """
    place = task.place
    with task.session.shared:
        present = installed_uv(place)
        if present:
            return present[2]
        task.doing("installing uv")
        directory = place.slate / "uv"
        shutil.rmtree(directory, ignore_errors=True)
        environ = python_environ(place)
        try:
            task.run([base_python(), "-m", "venv", str(directory)], environ)
        except BootstrapError as error:
            shutil.rmtree(directory, ignore_errors=True)
            if task.session.children.cancelled:
                raise
            raise BootstrapError(
                f"{base_python()} cannot make virtual environments, most likely since its ensurepip module is "
                "missing. On Debian and Ubuntu: apt-get install python3-venv. Elsewhere install uv, or use another "
                f"Python: make up PYTHON=python3.12. {error}"
            ) from error
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--no-input", "--require-hashes"]
        pip += ["--only-binary", ":all:", "--requirement", str(place.requirements / "bootstrap.txt")]
        task.run(pip, environ)
        _stamp(place).write_text(_key(place), encoding="utf-8")
        return str(directory / "bin" / "uv")


def _stamp(place: Workplace) -> Path:
    return place.slate / "uv" / "slate-key"


def _key(place: Workplace) -> str:
    return content_key(place.root, [place.requirements / "bootstrap.txt"])
