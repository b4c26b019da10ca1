"""The environment that Pulumi and the other tools of a clone run in."""

import contextlib
import os
import pwd
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap.policy_launcher import install_launcher
from tools.bootstrap.workplace import Workplace

# Nothing of Pulumi may ask the network while it works: no look for a newer CLI, no download of plugins on its own.
_QUIET = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
}
# Variables of the user's shell that would lead Python away from the clone's environment, or Pulumi to another stack
# than the one that was asked for (`make shell-env` exports them for that shell).
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PULUMI_STACK", "PULUMI_OPTION_CONFIG_FILE")


def environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the process environment for running Pulumi and every other tool of this clone.

    Safe to call before anything is installed. Makes the launcher of the policy pack, the state folder and, once, the
    passphrase file; the last two unless the user's environment names a backend and a passphrase of its own. Switches
    the CLI's automatic debug logs off.

    Args:
        base: the environment to start from; the process's own by default.
    """
    place = Workplace(environ=dict(os.environ if base is None else base))
    return pulumi_environ(place)


def pulumi_environ(place: Workplace) -> dict[str, str]:
    """Return the environment for a given clone; see `environment`."""
    environ = {name: value for name, value in place.environ.items() if name not in _FOREIGN}
    rest = [folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    own = [str(folder) for folder in place.own_folders]
    environ["PATH"] = os.pathsep.join([*own, *(folder for folder in rest if folder not in own)])
    environ["PULUMI_HOME"] = str(place.pulumi_home)
    environ.update(_QUIET)
    install_launcher(place.pulumi_home)
    if not environ.get("SLATE_PULUMI_LOGS"):
        _no_automatic_logs(place.pulumi_home)
    # Plugins come from PULUMI_HOME, not from whatever lies on the user's PATH. The language host, however, must lie
    # beside the CLI then; a CLI from PATH that has none beside it finds ours in .slate/bin only through PATH.
    if ((place.bin / "pulumi").resolve().parent / "pulumi-language-python").exists():
        environ["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    if not environ.get("PULUMI_BACKEND_URL"):
        state = place.slate / "state"
        state.mkdir(parents=True, exist_ok=True)  # Pulumi refuses a backend folder that does not exist
        environ["PULUMI_BACKEND_URL"] = state.as_uri()
    environ.setdefault("KUBECACHEDIR", str(place.slate / "cache" / "kube"))  # kubectl would write to ~/.kube
    environ.update(_identity(place))
    # An empty passphrase is a passphrase, too.
    if "PULUMI_CONFIG_PASSPHRASE" not in environ and not environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file(place))
    return environ


def _identity(place: Workplace) -> dict[str, str]:
    """Return what Pulumi needs to know about a user whom the system does not, as in many containers."""
    missing: dict[str, str] = {}
    try:
        known = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        known = f"uid-{os.getuid()}"
    if not place.environ.get("USER"):
        missing["USER"] = known
    if not place.environ.get("HOME"):
        home = place.slate / "home"
        home.mkdir(parents=True, exist_ok=True)
        missing["HOME"] = str(home)
    return missing


def _no_automatic_logs(pulumi_home: Path) -> None:
    """Keep the CLI from writing a debug log of every property of every resource at each command.

    Pulumi 3.259 has no switch for it, but goes on without when the folder cannot be made; so a file lies in its place.
    The logs took three quarters of the CLI's processor time, and half a gigabyte after a day (docs/benchmarks.md).
    """
    logs = pulumi_home / "logs"
    if logs.is_file():
        return
    with contextlib.suppress(OSError):  # another process does the same, or the CLI holds the folder open: next time
        if logs.is_dir():
            shutil.rmtree(logs)
        pulumi_home.mkdir(parents=True, exist_ok=True)
        logs.write_text(
            "Instead of Pulumi's automatic debug logs. To have them, delete this file and set SLATE_PULUMI_LOGS=1.\n"
        )


def _passphrase_file(place: Workplace) -> Path:
    path = place.slate / "passphrase"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".passphrase.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(32))
        # link() fails when the file exists: of two processes at once both then use the first one's passphrase.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
    return path
