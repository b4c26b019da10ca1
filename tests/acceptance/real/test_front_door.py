"""The front door: HTTPS by host name, one origin a workspace, and a token that nobody but its owner gets to see."""

import urllib.parse
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import websocket

from tests.acceptance.jupyter import Answer, Jupyter
from tests.acceptance.real_clone import DOMAIN, RealClone

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]


def log_in(jupyter: Jupyter, token: str) -> Answer:
    """Sends the login form."""
    page = jupyter.ask("/login?next=%2Flab")
    cookie = SimpleCookie(page.headers["Set-Cookie"])["_xsrf"].value
    form = urllib.parse.urlencode({"_xsrf": cookie, "password": token}).encode()
    return jupyter.ask("/login?next=%2Flab", method="POST", form=form, headers={"Cookie": f"_xsrf={cookie}"})


def cookies(answer: Answer) -> dict[str, str]:
    """The cookies that an answer sets, each with its attributes as it stands there, without that of forged requests."""
    lines = answer.headers.get_all("Set-Cookie") or []
    return {line.partition("=")[0]: line for line in lines if not line.startswith("_xsrf=")}


def test_without_the_token_there_is_a_form_and_nothing_else(clone):
    for jupyter in (clone.jupyter(token=""), clone.jupyter(token=clone.token("carol", "vision"))):
        page = jupyter.ask("/lab")

        assert (page.status, page.headers["Location"]) == (302, "/login?next=%2Flab")
        assert b'name="password"' in jupyter.ask("/login").body
        for path in ("/api/contents", "/api/kernels", "/api/status", "/api/terminals"):
            assert jupyter.ask(path).status == 403
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"), jupyter.socket("/api/events/subscribe"):
            pass
    assert clone.jupyter().ask("/api/status").json()["started"]


def test_the_form_takes_the_token_and_hands_out_a_cookie_for_this_workspace_alone(clone):
    bob = clone.jupyter(token="")

    refused = log_in(bob, clone.token("carol", "vision"))
    accepted = log_in(bob, clone.token("bob", "vision"))

    assert refused.status == 401
    assert cookies(refused) == {}
    assert (accepted.status, accepted.headers["Location"]) == (302, "/lab")
    ((name, line),) = cookies(accepted).items()
    attributes = {part.strip().lower().partition("=")[0] for part in line.split(";")}
    assert {"httponly", "secure"} <= attributes
    assert "domain" not in attributes  # so that browsers send it to no other host
    assert clone.token("bob", "vision") not in line
    opened = {"Cookie": line.partition(";")[0]}
    assert name in opened["Cookie"]
    assert bob.ask("/api/contents", headers=opened).status == 200
    assert clone.jupyter("carol", token="").ask("/api/contents", headers=opened).status == 403


def test_another_origin_may_open_no_websocket_and_read_nothing(clone):
    jupyter = clone.jupyter(token="")
    opened = {"Cookie": next(iter(cookies(log_in(jupyter, clone.token("bob", "vision"))).values())).partition(";")[0]}
    foreign = f"https://carol--vision.{DOMAIN}:{clone.door}"

    with jupyter.socket("/api/events/subscribe", {**opened, "Origin": f"https://{jupyter.host}"}):
        pass
    with (
        pytest.raises(websocket.WebSocketBadStatusException, match="403"),
        jupyter.socket("/api/events/subscribe", {**opened, "Origin": foreign}),
    ):
        pass
    answer = jupyter.ask("/api/contents", headers={**opened, "Origin": foreign})
    assert answer.headers["Access-Control-Allow-Origin"] is None
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["bob", "a--b--c", "bob--vision.more", "-bob--vision"])
def test_a_host_name_that_is_no_workspaces_leads_nowhere(clone, name):
    jupyter = Jupyter(f"{name}.{DOMAIN}:{clone.door}", clone.node.layout.certificate_authority)

    try:
        answer = jupyter.ask("/lab")
    except OSError:  # there is no certificate for it
        return
    assert answer.status == 404
    assert b"belongs to no workspace" in answer.body


def test_the_token_is_in_no_log_argument_or_variable(clone):
    """Whichever way it was used: in the form, in a header, and in an address, as Jupyter allows."""
    token = clone.token("bob", "vision")
    log_in(clone.jupyter(token=""), token)
    assert clone.jupyter(token="").ask(f"/api/status?token={token}").status == 200
    assert clone.jupyter().ask(f"/lab?token={token}").status in (200, 302)
    assert clone.jupyter().ask(f"/no-such-page?token={token}").status == 404

    logs = [path for path in clone.slate.rglob("*.log") if path.is_file() and not path.is_symlink()]
    logs += [path for path in clone.node.layout.pod_logs.rglob("*") if path.is_file()]
    processes = [path for pattern in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{pattern}")]

    assert any("/lab" in _text(path) or "jupyter" in _text(path) for path in logs)  # these are the logs
    assert [path for path in logs if token in _text(path)] == []
    assert [path for path in processes if token in _text(path)] == []


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # a process that has ended meanwhile
        return ""


def test_the_certificate_is_of_the_clones_own_authority(clone: RealClone, tmp_path):
    """Else a browser that trusts it would have to trust everybody's."""
    bundle = tmp_path / "authorities.pem"
    bundle.write_text("")

    with pytest.raises(OSError, match="certificate"):
        Jupyter(clone.jupyter(token="").host, Path("/etc/ssl/certs/ca-certificates.crt")).ask("/lab")
