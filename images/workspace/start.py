"""Starts and supervises JupyterLab and the SSH server of a workspace; tini runs it, as the workspace's user.

Both come back on their own if they end, each without the other. JupyterLab runs in isolated mode, so that packages in
`~/.local` cannot break it; if it does not come up with the settings in the home, or the home is full, it starts without
them.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = "/opt/conda/bin/python"
TOKEN = Path("/run/slate/token/token")
ACTIVATION = Path("/opt/slate/environment/activation.json")
GRACE = 50.0
"""Seconds for a clean end; below the pod's `terminationGracePeriodSeconds` (60)."""
SETTLED = 60.0
"""A program that ran this long was healthy: the next restart is immediate again."""
LONGEST_PAUSE = 30.0
HOME_FAULTS = 2
"""So many quick ends in a row are put down to the settings in the home."""

# What SSH sessions get of the container's environment, besides what packages set when activated.
SSH_VARIABLES = ("PATH", "CONDA_PREFIX", "LANG", "SSL_CERT_FILE", "TZ", "LD_LIBRARY_PATH")
SSH_PREFIXES = ("SLATE_", "NVIDIA_", "CUDA_")


def say(text: str) -> None:
    """One line in the container's log."""
    print(f"start: {text}", file=sys.stderr, flush=True)


def private_folder(user: int) -> Path:
    """A folder in memory for sockets, connection files and cookies: only for the user, and not in the home."""
    for parent in (Path("/run/user"), Path("/tmp")):  # noqa: S108 - a mount of the container's own
        folder = parent / f"slate-{user}"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != user:
                continue
            folder.chmod(0o700)
            return folder
        except OSError:
            continue
    raise SystemExit("start: neither /run/user nor /tmp can be written: mount them as writable volumes")


def home_problem(home: Path) -> str | None:
    """Why programs cannot keep files in the home, or None."""
    probe = home / f".slate-start-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"\0" * 262144)
    except OSError as error:
        return error.strerror or str(error)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
    return None


def host_key(home: Path, fallback: Path) -> Path:
    """The SSH host key: made in the home at the first start, so that clients see the same one ever after."""
    for folder in (home / ".slate/ssh", fallback / "ssh"):
        key = folder / "ssh_host_ed25519_key"
        try:
            if key.is_file() and key.stat().st_size:
                key.chmod(0o600)
                return key
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key.unlink(missing_ok=True)
            subprocess.run(
                ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "workspace", "-f", str(key)],
                check=True, stdin=subprocess.DEVNULL, capture_output=True,
            )  # fmt: skip
            if folder.is_relative_to(fallback):
                say("the SSH host key could not be kept in the home: it will change at the next start")
            return key
        except (OSError, subprocess.CalledProcessError):
            continue
    raise OSError("no SSH host key could be made")


def activation() -> dict[str, str]:
    """Variables that the environment's packages would set when activated."""
    try:
        return json.loads(ACTIVATION.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def ssh_environment(environment: Mapping[str, str], extra: Mapping[str, str]) -> str:
    """The `SetEnv` line of sshd, which gives sessions nothing of its own environment otherwise."""
    chosen = {
        name: value
        for name, value in environment.items()
        if name in SSH_VARIABLES or name in extra or name.startswith(SSH_PREFIXES)
    }
    quoted = (
        name + '="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for name, value in sorted(chosen.items())
        if "\n" not in value
    )
    return "SetEnv " + " ".join(quoted)


@dataclass
class Program:
    """A supervised program; `command` and `environment` are asked for at each start."""

    name: str
    command: Callable[[], list[str]]
    environment: Callable[["Program"], dict[str, str]]
    process: subprocess.Popen | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def look(self, now: float) -> None:
        """Start it if it is due; note its end, and when to try again."""
        if self.process is None:
            if now >= self.due:
                self.started = now
                # A group of its own: the signal of a terminal or of tini reaches it through this program only.
                try:
                    self.process = subprocess.Popen(self.command(), env=self.environment(self), start_new_session=True)
                except OSError as error:
                    self._again(now, f"does not start ({error})")
            return
        code = self.process.poll()
        if code is not None:
            self._again(now, f"ended with code {code}")

    def _again(self, now: float, why: str) -> None:
        self.failures = 0 if now - self.started > SETTLED else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1)) if self.failures else 0.0
        self.due = now + pause
        self.process = None
        say(f"{self.name} {why}; starting it again in {pause:.0f} s")

    def end(self, how: int) -> bool:
        """Send a signal if it runs; whether it still runs."""
        if self.process is None or self.process.poll() is not None:
            return False
        try:
            if how == signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)
        except ProcessLookupError:
            return False
        return True


def programs(environment: dict[str, str], home: Path, private: Path, extra: Mapping[str, str]) -> list[Program]:
    """JupyterLab and sshd."""
    runtime = private / "jupyter"
    environment = {**environment, "JUPYTER_RUNTIME_DIR": str(runtime), "SLATE_TOKEN_FILE": str(TOKEN)}

    def lab_environment(program: Program) -> dict[str, str]:
        problem = home_problem(home)
        if problem:
            say(f"the home cannot be written ({problem}): JupyterLab starts without settings of its own")
        elif program.failures >= HOME_FAULTS:
            say("JupyterLab does not start with the settings in ~/.jupyter: it starts without them this time")
        else:
            return {**environment, "SLATE_USER_SETTINGS": "yes"}
        # Kernels that the user registered are still found: reading a full home works.
        kernels = str(home / ".local/share/jupyter")
        return {
            **environment,
            "JUPYTER_CONFIG_DIR": str(private / "config"),
            "JUPYTER_DATA_DIR": str(private / "data"),
            "JUPYTER_PATH": kernels + (f":{environment['JUPYTER_PATH']}" if environment.get("JUPYTER_PATH") else ""),
            "IPYTHONDIR": str(private / "ipython"),
        }

    def lab() -> list[str]:
        return [PYTHON, "-I", "/opt/slate/start_jupyterlab.py", "--config=/opt/slate/jupyter_server_config.py"]

    def sshd() -> list[str]:
        return [
            "/usr/sbin/sshd", "-D", "-e", "-f", "/opt/slate/sshd_config",
            "-p", environment.get("SLATE_SSH_PORT", "2222"),
            "-h", str(host_key(home, private)),
            "-o", ssh_environment(environment, extra),
        ]  # fmt: skip

    return [Program("JupyterLab", lab, lab_environment), Program("sshd", sshd, lambda _: environment)]


def main() -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean end, 1 if the workspace cannot start."""
    home = Path(os.environ.get("HOME") or "/home/workspace")
    try:
        if not TOKEN.read_text(encoding="utf-8").strip():
            raise OSError(0, "the file is empty")
    except OSError as error:
        say(f"no token in {TOKEN} ({error.strerror}): the platform mounts it, and JupyterLab does not start without")
        return 1
    os.umask(0o027)
    private = private_folder(os.getuid())
    extra = activation()
    environment = {**os.environ, "HOME": str(home), **extra}
    os.chdir(home if home.is_dir() else "/")
    running = programs(environment, home, private, extra)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: asked.append(received))
    while not asked:
        for program in running:
            program.look(time.monotonic())
        time.sleep(0.2)
    say(f"ending on {signal.Signals(asked[0]).name}")
    deadline = time.monotonic() + GRACE
    for program in running:
        program.end(signal.SIGTERM)
    while time.monotonic() < deadline and any(program.end(0) for program in running):
        time.sleep(0.1)
    for program in running:
        if program.end(signal.SIGKILL):
            say(f"{program.name} did not end within {GRACE:.0f} s and was killed")
    say("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
