"""The commands `render` and `post`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.preview import comment, files, posting, recording, terminal
from tools.preview.platforms import GitHub, GitLab
from tools.preview.problem import PreviewProblem
from tools.preview.verdict import verdict


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m tools.preview", description="Preview comments: made of recordings, kept up to date."
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "say what a recording (make preview ARGS='--events FILE') or an event log of Pulumi's means"
    render = commands.add_parser("render", help=text, description=text)
    render.add_argument("recording", type=Path, metavar="RECORDING")
    render.add_argument("--stack", default="", metavar="NAME", help="for a recording that does not say it")
    files.add_arguments(render)
    text = "write the comment on the pull or merge request that the job runs for, or change the one that is there"
    post = commands.add_parser("post", help=text, description=text)
    post.add_argument("file", type=Path, metavar="MARKDOWN", help="what --markdown of make preview has written")
    post.add_argument("--stack", default="dev", metavar="NAME", help="whose preview it is (default: dev)")
    post.add_argument(
        "--number", type=int, metavar="N", help="of the pull or merge request, if the job does not say it"
    )
    where = post.add_mutually_exclusive_group(required=True)
    where.add_argument("--github", action="store_true", help="needs GITHUB_TOKEN")
    where.add_argument("--gitlab", action="store_true", help="needs GITLAB_TOKEN")
    post.add_argument(
        "--summary", type=Path, metavar="FILE", help="append the comment to this file as well ($GITHUB_STEP_SUMMARY)"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 1 if the rendered preview must not be applied, 2 if the command itself failed."""
    options = parser().parse_args(arguments)
    try:
        return _render(options) if options.command == "render" else _post(options)
    except PreviewProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _render(options: argparse.Namespace) -> int:
    log = files.recorded(options.recording)
    found = recording.read(log, options.stack)
    analysis = files.judge(found)
    print(terminal.write(comment.document(found, analysis)))
    files.given(options).write(found, analysis, print, log)
    return 0 if verdict(found, analysis).passes else 1


def _post(options: argparse.Namespace) -> int:
    text = posting.signed(posting.text_of(options.file, options.stack), os.environ)
    if options.summary:
        try:
            with options.summary.open("a", encoding="utf-8") as stream:
                stream.write(text)
        except OSError as error:
            raise PreviewProblem(f"{options.summary} cannot be written: {error.strerror}") from error
    platform = GitHub(os.environ, options.number) if options.github else GitLab(os.environ, options.number)
    address, new = posting.post(platform, text, options.stack)
    print(f"{'written' if new else 'changed'}: {address}")
    return 0
