"""A client of one workspace's Jupyter server: requests, kernels and terminals, as JupyterLab itself uses them."""

import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import websocket

PATIENCE = 120.0  # seconds; only so that a hanging server does not hang the tests


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Jupyter:
    """A server that is reached through the front door; certificates are checked for its host name.

    Attributes:
        host: Host name and port.
        authority: The certificate authority that it is trusted by.
        token: The workspace's token, or another one.
    """

    host: str
    authority: Path
    token: str = ""

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        value: Any = None,
        form: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask something; redirects are answers like others."""
        handlers = [
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(self.authority))),
            urllib.request.ProxyHandler({}),
            _NoRedirects(),
        ]
        body = form if value is None else json.dumps(value).encode()
        request = urllib.request.Request(
            f"https://{self.host}{path}", data=body, headers={**self._login(), **(headers or {})}, method=method
        )
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def _login(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"} if self.token else {}

    @contextmanager
    def socket(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[websocket.WebSocket]:
        """A websocket."""
        link = websocket.create_connection(
            f"wss://{self.host}{path}",
            timeout=PATIENCE,
            header={**self._login(), **(headers or {})},
            sslopt={"ca_certs": str(self.authority)},
            http_no_proxy=["*"],
            suppress_origin=True,
        )
        try:
            yield link
        finally:
            link.close()

    # --- kernels -------------------------------------------------------------

    def start_kernel(self, name: str = "") -> str:
        """Start a kernel; returns its id."""
        answer = self.ask("/api/kernels", method="POST", value={"name": name} if name else {})
        assert answer.status == 201, answer.body
        return answer.json()["id"]

    def stop_kernel(self, kernel: str) -> None:
        """Stop a kernel."""
        assert self.ask(f"/api/kernels/{kernel}", method="DELETE").status in (204, 404)

    @contextmanager
    def attached(self, kernel: str) -> Iterator["Kernel"]:
        """A kernel that runs already, with its channels open until the end of the `with`."""
        with self.socket(f"/api/kernels/{kernel}/channels") as link:
            found = Kernel(kernel, link)
            found.wait_until_connected()
            yield found

    @contextmanager
    def kernel(self, name: str = "") -> Iterator["Kernel"]:
        """A kernel with its channels open, stopped at the end of the `with`."""
        started = self.start_kernel(name)
        try:
            with self.attached(started) as kernel:
                yield kernel
        finally:
            self.stop_kernel(started)

    def run(self, code: str, name: str = "") -> str:
        """What a cell prints, in a kernel of its own."""
        with self.kernel(name) as kernel:
            return kernel.run(code)


@dataclass(frozen=True)
class Kernel:
    """A kernel's channels."""

    id: str
    link: websocket.WebSocket

    def send(self, code: str) -> str:
        """Hand a cell to the kernel; returns the message's id."""
        flags = {"silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        return self._send("execute_request", {"code": code, **flags})

    def run(self, code: str) -> str:
        """What a cell prints; errors of the cell count as printed."""
        message, printed = self.send(code), []
        for received in self._received(PATIENCE):
            if received["parent_header"].get("msg_id") != message:
                continue
            content = received["content"]
            match received["msg_type"]:
                case "stream":
                    printed.append(content["text"])
                case "error":
                    printed.append(f"{content['ename']}: {content['evalue']}")
                case "status" if content["execution_state"] == "idle":
                    return "".join(printed)
        raise AssertionError(f"{code!r} did not end: {printed}")

    def wait_until_connected(self) -> None:
        """Wait until the kernel's answers come here; what a kernel says before all channels are connected is lost."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self._send("kernel_info_request", {})
            for received in self._received(5):
                status = received["content"].get("execution_state") if received["msg_type"] == "status" else None
                if received["parent_header"].get("msg_id") == message and status == "idle":
                    return
        raise AssertionError("the kernel does not answer")

    def wait_until_restarted(self) -> None:
        """Wait until Jupyter has started another process for the kernel; cells sent before are lost.

        Its channels are connected anew one by one, as those of a first process are.
        """
        for received in self._received(PATIENCE):
            if received["msg_type"] == "status" and received["content"]["execution_state"] == "restarting":
                return self.wait_until_connected()
        raise AssertionError("the kernel's process did not end")

    def _send(self, kind: str, content: dict[str, Any]) -> str:
        message = uuid.uuid4().hex
        header = {"msg_id": message, "msg_type": kind, "username": "", "session": self.id, "version": "5.3"}
        whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.link.send(json.dumps({**whole, "buffers": []}))
        return message

    def _received(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What comes until the time is over. A ping of the server's is no sign of the kernel's."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.link.settimeout(min(left, 2))
            try:
                yield json.loads(self.link.recv())
            except websocket.WebSocketTimeoutException:
                continue
            finally:
                self.link.settimeout(PATIENCE)
