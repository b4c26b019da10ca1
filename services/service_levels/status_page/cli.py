"""The command `status-page`: writes the page's files and may copy them to where they are served."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from services.service_levels import command
from services.service_levels.contract import read_contract
from services.service_levels.days import days_before
from services.service_levels.definitions import definitions
from services.service_levels.history import History, current_time, write
from services.service_levels.notes import read_notes
from services.service_levels.opaque import Ids
from services.service_levels.pages import render
from services.service_levels.prometheus import Prometheus
from services.service_levels.publish import publish
from services.service_levels.status_page import bars
from services.service_levels.status_page.feed import feed
from services.service_levels.status_page.now import current
from services.service_levels.status_page.page import DAYS, Page, page
from services.service_levels.status_page.summary import summary

PURPOSE = "Write the status page: index.html, summary.json and feed.xml, with nothing that names a user or a project."


def main(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    parser = command.parser("status-page", PURPOSE)
    parser.add_argument(
        "--notes", type=Path, metavar="DIR", help="Markdown notes about incidents (docs/status-page.md)"
    )
    parser.add_argument(
        "--every",
        type=_minutes,
        default=5,
        metavar="MINUTES",
        help="how often it is written; stale after thrice this (5)",
    )
    parser.add_argument("--publish", metavar="URL", help="copy each file to below this address by HTTP PUT")
    parser.add_argument(
        "--authorization-file", type=Path, metavar="FILE", help="value of the header Authorization for that"
    )
    options = parser.parse_args(arguments)
    return command.guarded(lambda: _run(options))


def _minutes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` must be a whole number of minutes, at least 1")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    contract = read_contract(options.contract)
    notes, ids = read_notes(options.notes), Ids.of(options.id_key_file)
    prometheus = Prometheus(options.prometheus, token_file=options.token_file, authority=options.authority)
    prometheus.check()
    written = current_time()
    days = History(options.data, contract).numbers(
        days_before(written, DAYS, contract.zone), prometheus, written, command.tell
    )
    made = page(
        contract,
        days,
        current(prometheus, contract, written),
        notes,
        written=written,
        every=options.every,
        ids=ids,
    )
    files = write_page(made, options.output)
    command.tell(f"{made.headline}: {options.output / 'index.html'}")
    if options.publish:
        publish(files, options.publish, options.authorization_file)
        command.tell(f"copied to {options.publish}")
    return 0


def write_page(made: Page, folder: Path) -> list[Path]:
    """Write the page's files; the page itself last, as it links the others."""
    contents = {
        "summary.json": json.dumps(summary(made), indent=1) + "\n",
        "feed.xml": feed(made),
        "index.html": html(made),
    }
    for name, content in contents.items():
        write(folder / name, content)
    return [folder / name for name in contents]


def html(made: Page) -> str:
    """The page as HTML."""
    return render(
        "status.html.j2",
        made.contract.zone,
        script="age.js",
        page=made,
        bar_words=bars.WORDS,
        definitions=definitions(made.contract),
        filters={"described": bars.described},
    )
