"""What a job's environment may say, and that a message never shows what may be a secret."""

import json

import pytest

from tools.preview import job
from tools.preview.problem import PreviewProblem


@pytest.mark.parametrize(
    "value", ["SECRET\nTOKEN", "SECRET TOKEN", "SECRET\rX", "SECRET\u20ac", "SECRET\udcff", "SECRET\x00"]
)
def test_a_value_that_no_header_can_carry_is_named_and_not_shown(value):
    with pytest.raises(PreviewProblem) as problem:
        job.needed({"GITHUB_TOKEN": value}, "GITHUB_TOKEN")

    assert "GITHUB_TOKEN cannot be used" in str(problem.value)
    assert "SECRET" not in str(problem.value)


def test_white_space_around_a_value_is_left_out():
    assert job.needed({"GITHUB_TOKEN": " token\n"}, "GITHUB_TOKEN") == "token"


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("https://git.example/api/v4/", "https://git.example/api/v4"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.9.9.9:80", "http://127.9.9.9:80"),
        ("http://[::1]:80/api", "http://[::1]:80/api"),
        ("http://localhost", "http://localhost"),
        ("", "https://usual.example"),
    ],
)
def test_addresses_that_a_token_may_be_sent_to(address, root):
    assert job.root({"CI_API_V4_URL": address}, "CI_API_V4_URL", "https://usual.example") == root


@pytest.mark.parametrize(
    "address",
    [
        "http://git.example/SECRET",
        "http://10.0.0.1/SECRET",
        "http://localhost.git.example/SECRET",
        "http://127.0.0.1@git.example/SECRET",
        "http://127.0.0.1\\@git.example/SECRET",
        "https://user:SECRET@git.example",
        "https://git.example/?private_token=SECRET",
        "https://git.example/#SECRET",
        "http://127.0.0.1:SECRET",
        "https://git.example:99999/SECRET",
        "https://[::1/SECRET",
        "https:///SECRET",
        "git.example/SECRET",
        "file:///SECRET",
    ],
)
def test_addresses_that_a_token_may_not_be_sent_to_are_not_shown(address):
    with pytest.raises(PreviewProblem) as problem:
        job.root({"CI_API_V4_URL": address}, "CI_API_V4_URL")

    assert "CI_API_V4_URL is no address of an API: it must begin with https://" in str(problem.value)
    assert "http:// is allowed on this machine only" in str(problem.value)
    assert "SECRET" not in str(problem.value)


@pytest.mark.parametrize("name", ["acme/slate", "acme-x/.github", "short_acme/a.b_c-d"])
def test_repositories(name):
    assert job.repository({"GITHUB_REPOSITORY": name}) == name


@pytest.mark.parametrize("name", ["SECRET", "SECRET/..", "SECRET/a/b", "https://x:SECRET@git.example/a/b", "SECRET/"])
def test_what_is_no_repository(name):
    with pytest.raises(PreviewProblem, match="GITHUB_REPOSITORY must be like owner/name") as problem:
        job.repository({"GITHUB_REPOSITORY": name})

    assert "SECRET" not in str(problem.value)


@pytest.mark.parametrize(
    ("event", "number"),
    [({"pull_request": {"number": 12}}, "12"), ({"issue": {"number": 13, "pull_request": {"url": "x"}}}, "13")],
)
def test_the_pull_request_of_an_event(tmp_path, event, number):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))

    assert job.pull_request({"GITHUB_EVENT_PATH": str(path)}, None) == number


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"pull_request": 12},
        {"pull_request": {"number": 0}},
        {"pull_request": {"number": "1/../2"}},
        {"issue": {"number": 13}},
    ],
)
def test_an_event_of_something_else_is_no_pull_request(tmp_path, event):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))

    with pytest.raises(PreviewProblem, match=r"does not run for a pull request.*--number"):
        job.pull_request({"GITHUB_EVENT_PATH": str(path)}, None)


@pytest.mark.parametrize("number", ["0", "-1", "12a", "1.5", "9" * 5000])
def test_a_merge_request_has_a_number_from_one_on(number):
    with pytest.raises(PreviewProblem, match="CI_MERGE_REQUEST_IID must be a number from 1 on"):
        job.merge_request({"CI_MERGE_REQUEST_IID": number}, None)


@pytest.mark.parametrize("found", [job.pull_request, job.merge_request])
def test_the_number_that_is_given_comes_first_and_is_checked(found):
    assert found({}, 7) == "7"

    with pytest.raises(PreviewProblem, match=r"--number must be .* from 1 on, not 0"):
        found({"CI_MERGE_REQUEST_IID": "12"}, 0)
