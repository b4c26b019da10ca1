"""Keeps one comment a stack up to date on a pull or merge request."""

import time
from collections.abc import Mapping
from pathlib import Path

from tools.preview import comment, limits, recording
from tools.preview.analysis import Analysis
from tools.preview.client import Refused, Unreachable
from tools.preview.platforms import Platform
from tools.preview.problem import PreviewProblem

MISSING = "The preview ended before it could say anything: its job was stopped, or broke off. Its log may say why."
NOT_OURS = (403, 404)
"""Answers to the change of a comment that somebody else has written, or that is gone."""
PASSING = (429, 500, 502, 503, 504)
"""Answers after which it may be otherwise in a moment."""
WAITS = (2, 10)
"""Seconds before another attempt."""
OLD = "This preview is kept up to date in another comment: {}"
"""In place of a second comment: two jobs at once may have written one each."""
COMMITS = ("SLATE_COMMIT", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA", "GITHUB_SHA")
"""Variables that name the commit; the second is there where GitLab runs for the merge of both branches."""
LONGEST = 400
"""Characters of a job's address: more would not fit into what `limits` leaves for the signature."""


def text_of(path: Path, stack: str) -> str:
    """The comment in a file; one that says so if the preview has left none.

    Raises:
        PreviewProblem: The file is no comment of the stack.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return comment.render(recording.failed(stack, recording.PREVIEW, MISSING), Analysis())
    except (OSError, UnicodeError) as error:
        raise PreviewProblem(f"{path} cannot be read: {error}") from error
    if not text.startswith(comment.marker(stack)):
        raise PreviewProblem(
            f'{path} is no preview of stack {stack}: make it with `make preview STACK={stack} ARGS="--markdown {path}"`'
        )
    return text


def signed(text: str, environment: Mapping[str, str]) -> str:
    """The comment with the commit and the job that it comes from, as far as the environment tells."""
    commit = next((environment[name] for name in COMMITS if environment.get(name)), "")
    job = environment.get("CI_JOB_URL", "")
    if environment.get("GITHUB_RUN_ID"):
        place = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        job = "/".join([*place, "actions", "runs", environment["GITHUB_RUN_ID"]])
    parts = [f"Commit {commit[:40]}"] if commit.isalnum() else []
    fits = job.isascii() and job.isprintable() and not set(job) & set("()<> ") and len(job) <= LONGEST
    parts += [f"[job]({job})"] if job.startswith("https://") and fits else []
    return f"{text.rstrip()}\n\n<sub>{', '.join(parts)}</sub>\n" if parts else text


def post(platform: Platform, text: str, stack: str) -> tuple[str, bool]:
    """Write the comment, or change the one that is there.

    Args:
        platform: The pull or merge request.
        text: The comment, with its marker.
        stack: Whose comment it is.

    Returns:
        Its address, and whether it is new.

    Raises:
        PreviewProblem: The platform cannot be reached, refuses, or the text is too long for it.
    """
    if limits.size(text) > platform.limit:
        raise PreviewProblem(
            f"The comment has {limits.size(text)} characters, {platform.limit} are allowed there: make it with"
            f" --limit {'github' if platform.limit == limits.GITHUB else 'gitlab'}."
        )
    waits = iter(WAITS)
    while True:
        try:
            return _written(platform, text, comment.marker(stack))
        except (Refused, Unreachable) as problem:
            wait = next(waits, None)
            if wait is None or (isinstance(problem, Refused) and problem.code not in PASSING):
                raise
            # All of it again: where a comment was written without an answer, it is found then.
            time.sleep(wait)


def _written(platform: Platform, text: str, marker: str) -> tuple[str, bool]:
    """Write or change the comment; of several that are ours, only one goes on."""
    found: tuple[str, bool] | None = None
    for number, body in platform.comments():
        if not body.lstrip().startswith(marker):
            continue
        try:
            address = platform.write(OLD.format(found[0]) if found else text, number)
            found = found or (address, False)
        except Refused as refused:
            # Another one may be ours: were it not looked for, each preview would add a comment.
            if refused.code not in NOT_OURS:
                raise
    return found or (platform.write(text, None), True)
