"""Says whether a workspace is fit for work, in one JSON line and an exit code.

Quick mode (the default, for probes) imports nothing but the standard library and takes a fraction of a second; `--full`
(at build time and now and then) imports the required packages and asks the package manager. `--server` also asks
JupyterLab, and looks for sshd; as probes decide with it whether the workspace is in service, a full home is then a
warning and no fault: its owner must be able to come in and delete files. Runs on a bare `python -I -S`, so that broken
site packages cannot break the check.

Exit codes: 0 healthy, 2 wrong arguments, else that of the first fault: 10 python, 11 package manager, 12 packages,
13 prefix, 14 home, 15 server. `bin/health-check` answers with 10 where Python does not even start.
"""

import contextlib
import json
import os
import sys
import time

PREFIX = "/opt/conda"
FACTS = "/opt/slate/environment/layer.json"
CODES = {"python": 10, "package-manager": 11, "packages": 12, "prefix": 13, "home": 14, "server": 15}
FREE_BYTES = 16 << 20
FREE_FILES = 64
FULL = (28, 122)
"""ENOSPC and EDQUOT."""
SECONDS = 5.0
USAGE = """\
usage: health-check [--full] [--server] [--help]

Checks the workspace: Python's version, the package manager, the required packages, that the prefix
is read-only, and that the home can be written. Prints one JSON line.

  --full     import the required packages and ask the package manager (seconds, not milliseconds)
  --server   also ask JupyterLab, and look whether the SSH server listens; a full home is then a warning, no fault

Exit codes: 0 healthy, 2 usage, 10 python, 11 package manager, 12 packages, 13 prefix, 14 home, 15 server."""


class FaultError(Exception):
    """A check failed; the text says what is wrong and what helps.

    `restart` says whether a new pod may mend it. The remediator ends a running one for nothing else: not for a home
    that is full, which stays so, nor where the workspace may only be busy, which the liveness probe decides.
    """

    def __init__(self, message: str, restart: bool = True) -> None:
        super().__init__(message)
        self.restart = restart


class FullHomeError(FaultError):
    """The home is full: nothing but its owner can mend that."""

    def __init__(self, message: str) -> None:
        super().__init__(message, restart=False)


def facts() -> dict:
    """What the image says about itself."""
    try:
        with open(FACTS, encoding="utf-8") as file:  # noqa: PTH123 - pathlib alone would cost a third of the time
            return json.load(file)
    except (OSError, ValueError) as error:
        raise FaultError(
            f"{FACTS} cannot be read ({error}): the image is damaged, start the workspace from its image"
        ) from None


def check_python(wanted: str) -> None:
    """The interpreter is the version that the environment asked for."""
    found = f"{sys.version_info.major}.{sys.version_info.minor}"
    if found != wanted:
        raise FaultError(f"Python is {found}, the environment asks for {wanted}")


def run(command: list, what: str, seconds: float = SECONDS, environment: "dict | None" = None) -> str:
    """Run a program and return its output; subprocess is imported late, for it is slow to load."""
    import subprocess  # noqa: PLC0415

    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise FaultError(f"{what} does not start: {error.strerror}: {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise FaultError(f"{what} gave no answer within {seconds:.0f} s", restart=False) from None
    if done.returncode:
        if what == "import":
            what = f"import {(done.stdout.split() or ['?'])[-1]}"
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise FaultError(f"{what} fails: {last[0]}")
    return done.stdout


def check_package_manager(name: str, full: bool) -> None:
    """The package manager is there and answers; quick mode asks only those that answer at once."""
    program = "/opt/slate/bin/slate-env" if name == "none" else f"{PREFIX}/bin/{name}"
    label = "slate-env" if name == "none" else name
    if not os.access(program, os.X_OK):
        raise FaultError(f"the package manager {label} is missing or not executable: {program}")
    if full:
        run([program, "check" if name == "none" else "--version"], f"the package manager {label}", 60.0)
    elif name in {"none", "micromamba"}:
        run([program, "--version"], f"the package manager {label}")


def check_packages(names: list, full: bool) -> None:
    """The required packages import; quick mode looks whether their files are there."""
    if not names:
        return
    if full:
        # One process for all; it names each package before the import, since an import can also end the process.
        code = "import importlib, sys\nfor n in sys.argv[1:]:\n print(n, flush=True); importlib.import_module(n)"
        run([f"{PREFIX}/bin/python", "-I", "-B", "-c", code, *names], "import", 300.0)
        return
    library = f"{PREFIX}/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    missing = [name for name in names if not _is_there(name.split("."), f"{library}/site-packages", library)]
    if missing:
        raise FaultError(f"required packages are missing: {', '.join(missing)}")


def _is_there(parts: list, *folders: str) -> bool:
    """Whether a module's file is in one of the folders: a package, a module, or an extension."""
    for folder in folders:
        path = "/".join([folder, *parts])
        if os.access(f"{path}/__init__.py", os.R_OK):
            return True
        parent, name = path.rsplit("/", 1)
        with contextlib.suppress(OSError), os.scandir(parent) as entries:
            for entry in entries:
                if entry.name == f"{name}.py" or (entry.name.startswith(f"{name}.") and entry.name.endswith(".so")):
                    return True
    return False


def check_prefix() -> None:
    """Nobody who works here can change the prefix."""
    library = f"{PREFIX}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    for path in (PREFIX, f"{PREFIX}/bin", f"{PREFIX}/conda-meta", library):
        if os.access(path, os.W_OK):
            raise FaultError(f"{path} is writable: the prefix belongs to the image and must be read-only")


def check_home(home: str) -> None:
    """The home takes new files."""
    probe = f"{home}/.slate-health-{os.getpid()}"
    try:
        space = os.statvfs(home)
        with open(probe, "wb") as file:  # noqa: PTH123 - see facts
            file.write(b"\0" * 65536)
    except OSError as error:
        text = f"the home {home} cannot be written ({error.strerror})"
        if error.errno in FULL:
            raise FullHomeError(f"{text}: delete files or ask for a larger home") from None
        raise FaultError(f"{text}: check the home's volume and owner") from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)  # noqa: PTH108 - see facts
    free = space.f_bavail * space.f_frsize
    if free < FREE_BYTES or (space.f_files and space.f_favail < FREE_FILES):
        raise FullHomeError(
            f"the home {home} is full ({free >> 20} MiB, {space.f_favail} files free): "
            "delete files or ask for a larger home"
        )


def listens(port: int) -> bool:
    """Whether anything listens on a port, by the kernel's own list."""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:  # noqa: PTH123 - see facts
            for line in file:
                fields = line.split()
                if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                    return True
    return False


def check_server(jupyter: int = 8888, ssh: int = 2222) -> None:
    """JupyterLab answers, and sshd listens: a connection to it every few seconds would fill its log."""
    import socket  # noqa: PLC0415 - slow to load

    try:
        with socket.create_connection(("127.0.0.1", jupyter), SECONDS) as link:
            link.sendall(b"GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if b" 200 " not in link.recv(256):
                raise FaultError(f"JupyterLab gives a wrong answer on port {jupyter}", restart=False)
    except OSError as error:
        message = f"JupyterLab does not answer on port {jupyter} ({error.strerror or error})"
        # Nobody is there to answer, and so no kernel either; or there is, and it may be busy.
        raise FaultError(message, restart=isinstance(error, ConnectionRefusedError)) from None
    if not listens(ssh):
        # Kernels and terminals go on without it.
        raise FaultError(f"the SSH server does not listen on port {ssh}", restart=False)


def examine(full: bool, server: bool) -> dict:
    """Run every check, even after a fault, and report."""
    started = time.monotonic()
    problems: list = []
    warnings: list = []
    known: dict = {}

    def attempt(name: str, check, *arguments: object) -> None:
        try:
            check(*arguments)
        except FaultError as fault:
            found = warnings if server and isinstance(fault, FullHomeError) else problems
            found.append({"check": name, "message": str(fault), "restart": fault.restart})

    try:
        known = facts()
    except FaultError as fault:
        problems.append({"check": "python", "message": str(fault), "restart": fault.restart})
    if known:
        attempt("python", check_python, known.get("python", ""))
        attempt("package-manager", check_package_manager, known.get("packageManager") or "none", full)
        attempt("packages", check_packages, list(known.get("requiredImports") or ()), full)
    attempt("prefix", check_prefix)
    attempt("home", check_home, os.environ.get("HOME") or "/home/workspace")
    if server:
        ports = [
            int(os.environ.get(key, default)) for key, default in (("SLATE_PORT", "8888"), ("SLATE_SSH_PORT", "2222"))
        ]
        attempt("server", check_server, *ports)
    return {
        "healthy": not problems,
        "mode": "full" if full else "quick",
        "environment": known.get("environment"),
        "python": sys.version.split()[0],
        "problems": problems,
        "warnings": warnings,
        "seconds": round(time.monotonic() - started, 3),
    }


def main(arguments: list) -> int:
    """Exit code, see the module's text."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    unknown = [item for item in arguments if item not in {"--full", "--server"}]
    if unknown:
        print(f"health-check: unknown argument {unknown[0]!r}\n{USAGE}", file=sys.stderr)
        return 2
    report = examine("--full" in arguments, "--server" in arguments)
    print(json.dumps(report))
    return CODES[report["problems"][0]["check"]] if report["problems"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
