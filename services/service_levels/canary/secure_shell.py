"""One command by SSH, with the canary's key."""

import asyncio
import contextlib
import secrets
import tempfile
from pathlib import Path

from services.service_levels.canary.cycle import CanaryError

ACCOUNT = "aiuser"


async def run_command(host: str, port: int, key: Path, seconds: float, proxy: str | None = None) -> None:
    """Log in and run a command.

    Args:
        host: Name or address of the workspace.
        port: Of its SSH server.
        key: File with the private key.
        seconds: Time for all of it.
        proxy: Command that connects to `%h` and `%p`, where the workspace is not reached directly.

    Raises:
        CanaryError: It does not say what it was told to in time.
    """
    word = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "key"
        try:
            own.touch(mode=0o600)
            own.write_bytes(key.read_bytes())  # OpenSSH refuses one that others could read
        except OSError as error:
            raise CanaryError(f"{key}: the SSH key cannot be read ({error.strerror})") from None
        command = [*_options(own, Path(folder), proxy), "-p", str(port), f"{ACCOUNT}@{host}", f"echo {word}"]
        code, said, complaint = await _run(command, seconds)
    if code:
        last = complaint.strip().splitlines()[-1:] or ["without a word"]
        raise CanaryError(f"ssh fails with code {code}: {last[0]}")
    if said.strip() != word:
        raise CanaryError(f"ssh: the command echo {word} says {said.strip()[:200]!r}")


def _options(key: Path, folder: Path, proxy: str | None) -> list[str]:
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        # What is proven is that a user gets in. Who answers is decided by the cluster's network.
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": str(folder / "known_hosts"),
        "LogLevel": "ERROR",
        "ConnectTimeout": "20",
    }
    if proxy:
        options["ProxyCommand"] = proxy
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "none", "-i", str(key), *words]


async def _run(command: list[str], seconds: float) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        raise CanaryError(f"ssh does not start: {error.strerror}") from None
    try:
        async with asyncio.timeout(seconds):
            said, complaint = await process.communicate()
    except TimeoutError:
        raise CanaryError(f"ssh gives no answer within {seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, said.decode(errors="replace"), complaint.decode(errors="replace")
