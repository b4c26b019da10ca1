"""Ending the program from inside an output, with one message.

A `pulumi.RunError` that is raised there is shown, and followed by a second error about the program's exit status. Only
for what the stack's own program uses: a component must raise instead, as it may run in a host that serves others.
"""

from typing import NoReturn

import pulumi

TOLD = 32
"""Exit code by which the language host knows that the user has been told."""


def refuse(message: str) -> NoReturn:
    """Tell the user, and end the program.

    Raises:
        SystemExit: Always.
    """
    pulumi.log.error(message)
    raise SystemExit(TOLD)
