"""One comment a stack is kept up to date on GitHub and GitLab, and nobody else's comment is touched."""

import pytest

from tests.tools.preview.posts import MARKER, TEXT, post
from tests.tools.preview.standin import TOKEN, site
from tools.preview import cli, comment, posting

PULL = "/repos/acme/slate/issues/12/comments"
NOTES = "/projects/34/merge_requests/12/notes"
CHANGE = {"github": "PATCH", "gitlab": "PUT"}


@pytest.mark.parametrize(("where", "path"), [("github", PULL), ("gitlab", NOTES)])
def test_the_first_preview_makes_a_comment_the_next_one_changes_it(remote, tmp_path, where, path):
    assert post(tmp_path, where) == 0
    assert post(tmp_path, where, TEXT + "\nnew\n") == 0

    (only,) = remote.comments
    assert only["body"] == TEXT + "\nnew\n"
    assert next(call for call in remote.requests if call[0] != "GET") == ("POST", path)
    assert remote.requests[-1][0] == CHANGE[where]


@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_the_comment_is_found_on_a_later_page_among_those_of_others(remote, tmp_path, where):
    stolen = remote.add(f"{MARKER}\nby somebody else", login="mallory", id=66, type="User")
    quoted = remote.add(f"quoting\n{MARKER}")
    other = remote.add(comment.marker("onprem") + "\nother stack")
    for index in range(230):
        remote.add(f"comment {index}", login="human", id=5, type="User")
    number = remote.add(f"{MARKER}\nold")

    assert post(tmp_path, where) == 0

    assert remote.body(number) == TEXT
    assert "by somebody else" in remote.body(stolen)
    assert "quoting" in remote.body(quoted)
    assert "other stack" in remote.body(other)


def test_the_token_of_a_job_may_not_ask_who_it_is_and_takes_comments_of_programs(remote, tmp_path):
    remote.user = None
    human = remote.add(f"{MARKER}\nhuman", login="mallory", type="User")
    number = remote.add(f"{MARKER}\nold", login="github-actions[bot]")

    assert post(tmp_path, "github") == 0

    assert remote.body(number) == TEXT
    assert remote.body(human).endswith("human")


@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_a_comment_that_may_not_be_changed_is_written_anew(remote, tmp_path, where):
    remote.add(f"{MARKER}\nold")
    remote.refused[CHANGE[where]] = 403

    assert post(tmp_path, where) == 0

    assert remote.comments[-1]["body"] == TEXT


def test_of_several_comments_the_one_that_may_be_changed_is_changed(remote, tmp_path):
    remote.add(f"{MARKER}\nby another program", locked=True)
    number = remote.add(f"{MARKER}\nold")

    assert post(tmp_path, "github") == 0

    assert remote.body(number) == TEXT
    assert len(remote.comments) == 2


@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_a_second_comment_of_ours_does_not_go_on_saying_what_is_old(remote, tmp_path, where):
    first, second = remote.add(f"{MARKER}\nold"), remote.add(f"{MARKER}\nolder")

    assert post(tmp_path, where) == 0
    assert post(tmp_path, where, TEXT + "\nnew\n") == 0

    assert remote.body(first) == TEXT + "\nnew\n"
    assert remote.body(second).startswith("This preview is kept up to date in another comment: ")
    assert len(remote.comments) == 2


@pytest.mark.parametrize("where", ["github", "gitlab"])
@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_platform_that_is_down_for_a_moment_is_asked_again(remote, tmp_path, where, code):
    number = remote.add(f"{MARKER}\nold")
    remote.passing = {"GET": [code], CHANGE[where]: [code]}

    assert post(tmp_path, where) == 0

    assert remote.body(number) == TEXT
    assert len(remote.comments) == 1


@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_a_comment_that_was_written_without_an_answer_is_not_written_twice(remote, tmp_path, where):
    remote.lost = 1

    assert post(tmp_path, where) == 0

    (only,) = remote.comments
    assert only["body"] == TEXT


@pytest.mark.parametrize("code", [401, 403, 404, 422])
def test_a_refusal_that_stays_is_not_tried_again(remote, tmp_path, code):
    remote.refused["POST"] = code

    assert post(tmp_path, "github") == 2

    assert [method for method, _ in remote.requests].count("POST") == 1


def test_the_list_cannot_send_the_token_elsewhere(remote, tmp_path, capsys):
    with site() as other:
        remote.elsewhere["GET"] = f"{other.root}/steal"

        assert post(tmp_path, "github") == 2

        assert other.requests == []
    assert "302" in capsys.readouterr().err


def test_a_preview_that_left_no_file_is_told_as_well(remote, tmp_path):
    assert cli.main(["post", str(tmp_path / "absent.md"), "--github"]) == 0

    assert remote.comments[0]["body"].startswith(MARKER)
    assert "**failed**" in remote.comments[0]["body"]
    assert posting.MISSING in remote.comments[0]["body"]


def test_commit_and_job_are_told_and_the_summary_is_written(remote, tmp_path, monkeypatch):
    monkeypatch.setenv("SLATE_COMMIT", "0123abc")
    monkeypatch.setenv("GITHUB_RUN_ID", "55")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")

    assert post(tmp_path, "github", TEXT, "--summary", str(summary)) == 0

    signature = "<sub>Commit 0123abc, [job](https://github.example/acme/slate/actions/runs/55)</sub>\n"
    assert remote.comments[0]["body"].endswith(signature)
    assert summary.read_text() == f"before\n{remote.comments[0]['body']}"


def test_gitlab_s_merge_of_both_branches_is_told_by_the_commit_that_people_know(remote, tmp_path, monkeypatch):
    monkeypatch.setenv("CI_COMMIT_SHA", "aaa111")
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "bbb222")

    assert post(tmp_path, "gitlab") == 0

    assert remote.comments[0]["body"].endswith("<sub>Commit bbb222</sub>\n")


@pytest.mark.parametrize("address", ["https://x/\udcff", "https://x/\x1b[31m", "https://x/" + "y" * 500, "http://x/1"])
def test_an_address_that_does_not_fit_into_a_comment_is_left_out(remote, tmp_path, monkeypatch, address):
    monkeypatch.setenv("SLATE_COMMIT", "0123abc")
    monkeypatch.setenv("CI_JOB_URL", address)

    assert post(tmp_path, "gitlab", TEXT, "--summary", str(tmp_path / "summary.md")) == 0

    assert remote.comments[0]["body"].endswith("<sub>Commit 0123abc</sub>\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "wrong"}, "401"),
        ({"GITHUB_EVENT_PATH": "/absent"}, "does not run for a pull request"),
        ({"GITHUB_API_URL": "file:///etc"}, "no address of an API"),
        ({"GITHUB_API_URL": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_what_is_missing_is_said_in_one_line_without_the_token(remote, tmp_path, capsys, change, said):
    with pytest.MonkeyPatch.context() as variables:
        for name, value in change.items():
            variables.setenv(name, value)
        assert post(tmp_path, "github") == 2

    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
    assert TOKEN not in message
    assert remote.comments == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("no comment", "is no preview of stack dev"), (MARKER + "x" * 70_000, "--limit github")],
)
def test_a_text_that_does_not_fit_is_not_posted(remote, tmp_path, capsys, text, said):
    assert post(tmp_path, "github", text) == 2

    assert said in capsys.readouterr().err
    assert remote.comments == []
