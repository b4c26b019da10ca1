"""Whatever a platform or a proxy answers: one message, no token in it, and none sent elsewhere."""

from urllib.request import Request

import pytest

from tests.tools.preview.posts import MARKER, TEXT, post
from tests.tools.preview.standin import TOKEN, site
from tools.preview.client import Client, Redirect

VARIABLE = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}
ADDRESS = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}
BOTH = pytest.mark.parametrize("where", ["github", "gitlab"])


@pytest.fixture
def refusal(tmp_path, capsys):
    """Posts in vain; returns the one line that says why. Neither stream has the token."""

    def run(where):
        assert post(tmp_path, where) == 2
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        return err

    return run


@BOTH
@pytest.mark.parametrize("ending", ["\nTOKEN", "\u20ac"])
def test_a_token_that_no_header_can_carry(remote, refusal, monkeypatch, where, ending):
    monkeypatch.setenv(VARIABLE[where], TOKEN + ending)

    assert f"{VARIABLE[where]} cannot be used" in refusal(where)
    assert remote.requests == []


@BOTH
@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize("address", ["http://127.0.0.1:x", "https://[::1", "http://git.example", "https://u:{}@x"])
def test_an_address_that_the_token_may_not_be_sent_to(refusal, monkeypatch, where, address):
    monkeypatch.setenv(ADDRESS[where], address.format(TOKEN))

    assert f"{ADDRESS[where]} is no address of an API" in refusal(where)


@BOTH
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (400, "400"),
        (401, "{token} is wrong or has expired"),
        (403, "{token} lacks a permission"),
        (404, "{token} may not see it"),
        (422, "422"),
        (429, "too many requests"),
        (500, "Try again later"),
        (503, "Try again later"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(remote, refusal, where, code, said):
    remote.refused["POST"] = code
    remote.said = {"message": f"not for\n\x1b[31m {TOKEN} " + "x" * 10_000}

    message = refusal(where)

    assert f": {code} " in message
    assert said.format(token=VARIABLE[where]) in message
    assert "It says: not for ?[31m *** xxx" in message
    assert len(message) < 1000


@BOTH
@pytest.mark.parametrize("said", [None, [], "no", {"message": {"note": ["too long"]}}, {"error": "invalid"}])
def test_a_refusal_may_say_anything(remote, refusal, where, said):
    remote.refused["POST"] = 422
    remote.said = said

    assert ": 422 " in refusal(where)


@pytest.mark.parametrize(
    ("where", "question"),
    [
        ("github", ("GET", "/user")),
        ("github", ("GET", "/comments")),
        ("github", ("POST", "/comments")),
        ("gitlab", ("GET", "/user")),
        ("gitlab", ("GET", "/notes")),
        ("gitlab", ("POST", "/notes")),
    ],
)
@pytest.mark.parametrize(
    "raw", [b"", b"<html>log in</html>", b"null", b"{}", b"[1]", b'[{"id": "1"}]', b'"x"', b"\xff", b"[" * 100_000]
)
def test_what_is_no_answer_of_such_an_api_is_no_success(remote, refusal, where, question, raw):
    remote.raw[question] = raw

    assert "understood" in refusal(where)
    assert remote.comments == []


def test_the_author_of_a_comment_may_be_gone(remote, tmp_path):
    remote.add(f"{MARKER}\nold")
    remote.comments[0] |= {"user": None, "author": None}

    assert post(tmp_path, "github") == 0
    assert post(tmp_path, "gitlab") == 0

    assert remote.comments[0]["body"].endswith("old")


@BOTH
def test_the_next_page_cannot_be_elsewhere(remote, tmp_path, where):
    for index in range(150):
        remote.add(f"comment {index}")
    number = remote.add(f"{MARKER}\nold")
    with site() as other:
        remote.next = f"{other.root}/steal"

        assert post(tmp_path, where) == 0

        assert other.requests == []
    assert remote.body(number) == TEXT


@BOTH
@pytest.mark.parametrize("others", [99, 100, 250])
def test_every_page_is_read_even_if_a_proxy_takes_the_links_away(remote, tmp_path, where, others):
    remote.linked = False
    for index in range(others):
        remote.add(f"comment {index}")
    number = remote.add(f"{MARKER}\nold")

    assert post(tmp_path, where) == 0

    assert remote.body(number) == TEXT
    assert len(remote.comments) == others + 1


@BOTH
def test_a_redirect_of_what_is_written_is_no_success(remote, refusal, where):
    remote.elsewhere["POST"] = f"{remote.root}/user"

    assert "It sends elsewhere" in refusal(where)
    assert remote.comments == []


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("https://git.example/api/users/7", True),
        ("http://git.example/api/users/7", False),
        ("https://git.example.org/api/users/7", False),
        ("https://git.example:8443/api/users/7", False),
    ],
)
def test_a_redirect_stays_within_the_encrypted_api(address, followed):
    request = Request("https://git.example/api/user", headers={"Authorization": f"Bearer {TOKEN}"})

    found = Redirect("https://git.example/api").redirect_request(request, None, 302, "Found", {}, address)

    assert bool(found) == followed


def test_a_proxy_does_not_get_what_is_for_this_machine(remote, tmp_path, monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with site() as proxy:
        monkeypatch.setenv("http_proxy", proxy.root)

        assert post(tmp_path, "github") == 0

        assert proxy.requests == []
    assert remote.comments[0]["body"] == TEXT


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize("proxy", ["http://user:{}@127.0.0.1:x", "http:/user:{}@127.0.0.1"])
def test_the_password_of_a_proxy_is_not_shown(refusal, monkeypatch, proxy):
    monkeypatch.setenv("GITHUB_API_URL", "https://git.invalid")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", proxy.format(TOKEN))

    assert "HTTPS_PROXY" in refusal("github")


def test_a_client_does_not_show_its_token():
    assert TOKEN not in repr(Client("https://git.example", "GITHUB_TOKEN", TOKEN, {"Authorization": TOKEN}))
