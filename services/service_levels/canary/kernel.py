"""One cell in a kernel of the canary's JupyterLab, by its own protocol (REST, then a web socket)."""

import asyncio
import json
import secrets
import uuid
from pathlib import Path
from typing import Any

import aiohttp

from services.service_levels.canary.cycle import CanaryError

CONNECT_SECONDS = 20


async def run_cell(url: str, token: Path, seconds: float) -> None:
    """Start a kernel, let it compute, and end it.

    Args:
        url: Of the JupyterLab.
        token: File with the workspace's token.
        seconds: Time for all of it.

    Raises:
        CanaryError: It does not come to the right result in time.
    """
    try:
        async with asyncio.timeout(seconds):
            await _run(url.rstrip("/"), token)
    except TimeoutError:
        raise CanaryError(f"the kernel gives no result within {seconds:.0f} s") from None
    except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
        raise CanaryError(f"the kernel cannot be used: {str(error) or type(error).__name__}") from None


async def _run(url: str, token: Path) -> None:
    headers = {"Authorization": f"token {token.read_text(encoding='utf-8').strip()}"}
    limit = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=limit, trust_env=False, raise_for_status=True) as session:
        async with session.post(f"{url}/api/kernels", json={}) as answer:
            kernel = f"{url}/api/kernels/{(await answer.json())['id']}"
        try:
            left, right = secrets.randbelow(10**6), secrets.randbelow(10**6)
            said = await _execute(session, kernel, f"print({left} * {right})")
        finally:
            await asyncio.shield(_end(session, kernel))
    if said.strip() != str(left * right):
        raise CanaryError(f"the kernel says {said.strip()[:200]!r} to print({left} * {right})")


async def _end(session: aiohttp.ClientSession, kernel: str) -> None:
    async with session.delete(kernel):
        pass


async def _execute(session: aiohttp.ClientSession, kernel: str, code: str) -> str:
    """Run code, and return what it prints."""
    own = uuid.uuid4().hex
    async with session.ws_connect(f"{kernel}/channels?session_id={own}") as socket:
        await socket.send_str(json.dumps(_request(own, code)))
        printed: list[str] = []
        replied = idle = False
        while not (replied and idle):  # output may come after the reply, and only then is the kernel idle
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise CanaryError("JupyterLab ends the connection to the kernel")
            content = json.loads(message.data)
            if content["parent_header"].get("msg_id") != own:
                continue
            kind, inner = content["header"]["msg_type"], content["content"]
            if kind == "stream" and inner["name"] == "stdout":
                printed.append(inner["text"])
            if kind == "execute_reply":
                if inner["status"] != "ok":
                    raise CanaryError(f"the kernel fails: {inner.get('ename')}: {inner.get('evalue')}")
                replied = True
            idle = idle or (kind == "status" and inner["execution_state"] == "idle")
        return "".join(printed)


def _request(identity: str, code: str) -> dict[str, Any]:
    """A request to execute code. Source: Jupyter client documentation, "Messaging in Jupyter"."""
    header = {
        "msg_id": identity,
        "msg_type": "execute_request",
        "session": identity,
        "username": "canary",
        "version": "5.3",
        "date": "",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    return {
        "channel": "shell",
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "buffers": [],
    }
