"""The canary's cell, against a JupyterLab of the test's own that speaks its protocol."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from services.service_levels.canary.cycle import CanaryError
from services.service_levels.canary.kernel import run_cell


class Jupyter:
    """A kernel that knows multiplication; tests set how it misbehaves."""

    def __init__(self) -> None:
        self.fault = ""
        self.kernels: set[str] = set()
        self.tokens: list[str | None] = []

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/api/kernels", self.start)
        made.router.add_delete("/api/kernels/{id}", self.end)
        made.router.add_get("/api/kernels/{id}/channels", self.channels)
        return made

    async def start(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization"))
        if self.fault == "refused":
            raise web.HTTPForbidden
        self.kernels.add("k1")
        return web.json_response({"id": "k1"}, status=201)

    async def end(self, request: web.Request) -> web.Response:
        self.kernels.remove(request.match_info["id"])
        return web.Response(status=204)

    async def channels(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT or self.fault == "silent":
                continue
            if self.fault == "closed":
                break
            await self.answer(socket, json.loads(message.data))
        return socket

    async def answer(self, socket: web.WebSocketResponse, request: dict[str, Any]) -> None:
        left, right = request["content"]["code"].removeprefix("print(").removesuffix(")").split(" * ")
        printed = "0" if self.fault == "wrong" else str(int(left) * int(right))
        own = request["header"]["msg_id"]
        status = "error" if self.fault == "error" else "ok"
        reply = {"status": status, "ename": "NameError", "evalue": "no"}
        parts = [
            ("status", "another", {"execution_state": "idle"}),
            ("status", own, {"execution_state": "busy"}),
            ("execute_reply", own, reply),
            ("stream", own, {"name": "stderr", "text": "a warning"}),
            ("stream", own, {"name": "stdout", "text": printed}),
            ("status", own, {"execution_state": "idle"}),
        ]
        for kind, parent, content in parts:
            text = {"header": {"msg_type": kind}, "parent_header": {"msg_id": parent}, "content": content}
            await socket.send_str(json.dumps(text))


def cell(jupyter: Jupyter, folder, seconds: float = 20.0) -> None:
    """Run the canary's cell in it."""
    token = folder / "token"
    token.write_text("secret\n")

    async def run() -> None:
        runner = web.AppRunner(jupyter.application(), shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            await run_cell(f"http://127.0.0.1:{runner.addresses[0][1]}", token, seconds)
        finally:
            await runner.cleanup()

    asyncio.run(run())


def test_a_kernel_that_computes_is_well_and_is_ended(tmp_path):
    jupyter = Jupyter()

    cell(jupyter, tmp_path)

    assert jupyter.tokens == ["token secret"]
    assert jupyter.kernels == set()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("wrong", "the kernel says '0' to print"),
        ("error", "the kernel fails: NameError: no"),
        ("closed", "JupyterLab ends the connection"),
        ("refused", "the kernel cannot be used: 403"),
        ("silent", "the kernel gives no result within 1 s"),
    ],
)
def test_what_goes_wrong_is_said_and_no_kernel_stays(tmp_path, fault, message):
    jupyter = Jupyter()
    jupyter.fault = fault

    with pytest.raises(CanaryError, match=message):
        cell(jupyter, tmp_path, 1.0 if fault == "silent" else 20.0)

    assert jupyter.kernels == set()


def test_no_jupyterlab_at_all_is_one_message(tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")

    with pytest.raises(CanaryError, match="the kernel cannot be used: Cannot connect"):
        asyncio.run(run_cell("http://127.0.0.1:1", token, 20))
