"""What `make preview` writes, whatever becomes of it."""

import io
import json
import re
import signal
import threading
from dataclasses import replace

import pytest

from tests.tools.stack.test_commands import NAMESPACE, PROTECTED, run, script
from tools.preview.files import Files
from tools.preview.problem import PreviewProblem
from tools.stack import commands, opening, target
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request

DONE = {"summaryEvent": {"isPreview": True, "result": "succeeded"}}
FAILED = {"summaryEvent": {"isPreview": True, "result": "failed"}}
CANCELED = {"diagnosticEvent": {"message": "context canceled\n", "severity": "error"}}
ERROR = {"diagnosticEvent": {"message": "boom", "severity": "error"}}
BEGUN = {
    "resourcePreEvent": {
        "metadata": {"op": "create", "urn": "urn:pulumi:dev::slate::x:y:Z::a", "type": "x:y:Z", "new": {"inputs": {}}}
    }
}


@pytest.fixture
def files(tmp_path):
    out = tmp_path / "out"
    return Files(out / "preview.md", out / "preview.html", out / "preview.json", out / "preview.jsonl.gz")


@pytest.fixture
def passphrase(clone, monkeypatch):
    """The user has set a passphrase of the secrets."""
    variables = {"PULUMI_BACKEND_URL": clone.state.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "hunter2"}
    chosen = target.Target(target.EMBEDDED, None, "https://127.0.0.1:1", {"PATH": "/usr/bin:/bin", **variables})
    monkeypatch.setattr(opening, "choose_cluster", lambda *_, **__: chosen)


def verdict(files):
    said = json.loads(files.json.read_text())
    text = files.markdown.read_text()
    assert text.startswith("<!-- slate-preview:dev -->\n")
    assert f"**{said['verdict']}**" in text
    assert f"<strong>{said['verdict']}</strong>" in files.html.read_text()
    assert files.events.stat().st_size
    return said["verdict"], text


def removal(protected=True, **metadata):
    state = {"type": "kubernetes:core/v1:Namespace", "urn": NAMESPACE, "protect": protected}
    labels = {"slate.dev/project": "language"}
    state["inputs"] = {"kind": "Namespace", "metadata": {"name": "ws-language", "labels": labels}}
    step = {"op": "delete", "urn": NAMESPACE, "type": state["type"], "old": state, "new": None, "detailedDiff": None}
    return {"resourcePreEvent": {"metadata": step | metadata, "planning": True}}


def test_a_preview_that_succeeds_is_written_and_no_log_stays(fake_pulumi, clone, files):
    script(fake_pulumi, clone)

    code, said = run(commands.preview, clone, files)

    assert code == 0
    assert verdict(files)[0] == "nothing changes"
    assert f"written: {files.markdown}" in said
    assert not list(clone.stacks.glob(".*events*"))


def test_settings_that_are_not_right_are_in_the_comment(fake_pulumi, clone, files):
    script(fake_pulumi, clone)
    path = clone.settings_file("dev")
    path.write_text(path.read_text().replace("homeSize: 20Gi", "homeSize: 20 gigabytes"))

    with pytest.raises(StackProblem):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "failed"
    assert 'given:   "20 gigabytes"' in text


def test_errors_of_the_engine_are_in_the_comment_and_in_the_exit_code(fake_pulumi, clone, files):
    script(fake_pulumi, clone, preview={"exit": 255, "events": [PROTECTED, DONE]})

    with pytest.raises(StackProblem, match="make unprotect PROJECT=language"):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "blocked"
    assert "cannot be deleted because it is protected" in text


def test_a_rule_about_what_exists_already_stops_the_preview(fake_pulumi, clone, files):
    script(fake_pulumi, clone, preview={"events": [removal(protected=False), DONE]})

    with pytest.raises(StackProblem, match="a rule about what exists already forbids the change"):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "blocked"
    assert "`SLATE-KEEP-PROJECT`" in text


def test_a_crash_of_the_engine_leaves_a_comment(fake_pulumi, clone, files):
    script(fake_pulumi, clone, preview={"kill": True, "events": [BEGUN]})

    with pytest.raises(StackProblem, match=r"was killed\. Nothing was changed: run the command again"):
        run(commands.preview, clone, files)

    assert verdict(files)[0] == "interrupted"


def test_a_failure_that_nobody_explained_is_none_the_less_told(fake_pulumi, clone, files):
    script(fake_pulumi, clone, preview={"exit": 3, "events": [DONE]})

    with pytest.raises(StackProblem):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "failed"
    assert "ended with exit code 3" in text


@pytest.mark.parametrize("events", [[], [BEGUN]])
@pytest.mark.usefixtures("passphrase")
def test_what_pulumi_says_only_at_its_end_is_in_the_comment_without_secrets(fake_pulumi, clone, files, capfd, events):
    said = "\x1b[38;5;1merror: \x1b[0mvalidating stack config: no hunter2 at s3://me:hunter3@host/state"
    script(fake_pulumi, clone, preview={"exit": 255, "err": said, "events": events})

    with pytest.raises(StackProblem, match="pulumi preview failed"):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "failed"
    assert "\nvalidating stack config: no [secret] at s3://[secret]@host/state\n" in text
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"levels": {"SLATE-PRIV": "off"}}', r"levels\.SLATE-PRIV is 'off'"),
        ("{", r"policies/config/dev\.json cannot be read"),
    ],
)
def test_parameters_of_rules_that_are_not_right_are_in_the_comment(fake_pulumi, clone, files, content, problem):
    script(fake_pulumi, clone)
    (clone.rules / "dev.json").write_text(content)

    with pytest.raises(StackProblem, match=problem):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "failed"
    assert re.search(problem, text)
    assert fake_pulumi.calls == []


def test_a_crash_of_ours_leaves_a_comment_without_its_text(fake_pulumi, clone, files, monkeypatch):
    script(fake_pulumi, clone)

    def crash(*_, **__):
        raise RuntimeError("hunter2")

    monkeypatch.setattr(opening, "open_session", crash)

    with pytest.raises(RuntimeError):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "failed"
    assert "RuntimeError" in text
    assert "hunter2" not in text


def test_an_interrupted_preview_leaves_a_comment(fake_pulumi, clone, files, monkeypatch):
    script(fake_pulumi, clone)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(opening, "open_session", interrupt)

    with pytest.raises(KeyboardInterrupt):
        run(commands.preview, clone, files)

    word, text = verdict(files)
    assert word == "interrupted"
    assert "The run ended before it was done" in text


@pytest.mark.parametrize("told", [[], [CANCELED, FAILED], [ERROR, CANCELED, FAILED]])
def test_a_preview_that_is_asked_to_stop_leaves_a_comment(fake_pulumi, clone, files, told):
    script(fake_pulumi, clone, preview={"graceful": True, "sleep": 60, "events": [BEGUN, *told]})

    def stop_when_begun():
        while not any(call["words"][0] == "preview" for call in fake_pulumi.calls):
            pass
        threading.Event().wait(0.5)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=stop_when_begun)
    thread.start()
    with pytest.raises(StackProblem) as stopped:
        run(commands.preview, clone, files)
    thread.join()

    assert stopped.value.exit_code == 130
    assert "was stopped. Nothing was changed" in str(stopped.value)
    word, text = verdict(files)
    assert word == "interrupted"
    assert "context canceled" not in text
    assert ("boom" in text) is (ERROR in told)


def test_a_file_that_cannot_be_written_does_not_hide_the_problem(fake_pulumi, clone, tmp_path):
    script(fake_pulumi, clone)
    clone.settings_file("dev").write_text("config: {slate:domain: 5}")
    (tmp_path / "file").write_text("")

    with pytest.raises(StackProblem, match="domain"):
        run(commands.preview, clone, Files(markdown=tmp_path / "file" / "preview.md"))


@pytest.mark.parametrize(("events", "word"), [([DONE], "nothing changes"), ([removal(protected=False)], "blocked")])
def test_files_that_cannot_be_written_keep_nothing_else_from_it(fake_pulumi, clone, files, events, word):
    script(fake_pulumi, clone, preview={"events": [*events, DONE]})
    files.html.parent.mkdir()
    (files.html.parent / "file").write_text("")
    wanted = replace(files, markdown=files.html.parent, html=files.html.parent / "file" / "preview.html")
    stream = io.StringIO()

    with pytest.raises((StackProblem, PreviewProblem)) as failed:
        commands.preview(Request(), clone, Progress(stream), wanted)

    said = stream.getvalue() + str(failed.value)
    assert f"preview of stack dev: {word}" in said
    assert f"{wanted.markdown} cannot be written: it is a directory" in said
    assert f"{wanted.html} cannot be written: {files.html.parent / 'file'} is no directory" in said
    assert json.loads(files.json.read_text())["verdict"] == word
    assert f"written: {files.events}" in said
