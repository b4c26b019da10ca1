"""Entry point of `python -m services.registry_maintenance`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.api_server import ApiError
from services.registry_maintenance.api import Api
from services.registry_maintenance.switch import Registry, SwitchError, switch

READ_ONLY, WRITABLE = "read-only", "writable"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m services.registry_maintenance", description=__doc__)
    made.add_argument("mode", choices=(READ_ONLY, WRITABLE), help="whether the registry takes pushes afterwards")
    made.add_argument("--namespace", required=True, metavar="NAME", help="the registry's namespace")
    made.add_argument("--config-map", required=True, metavar="NAME", help="the ConfigMap that holds its mode")
    made.add_argument("--pod", required=True, metavar="NAME", help="its pod")
    made.add_argument("--container", required=True, metavar="NAME", help="the container that takes pushes")
    made.add_argument("--timeout-seconds", type=float, default=600.0, metavar="N", help="default: 600")
    made.add_argument("--result", type=Path, metavar="FILE", help="file with an exit code to end with")
    made.add_argument("--server", metavar="URL", help="the API server (default: the one of this pod)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Switch; one message on standard error and exit code 1 where that fails."""
    options = parser().parse_args(arguments)
    registry = Registry(options.namespace, options.config_map, options.pod, options.container)
    try:
        client = Api(options.server) if options.server else Api.of_this_pod()
        try:
            switch(client, registry, options.mode, timeout_seconds=options.timeout_seconds)
        except (SwitchError, ApiError):
            if options.mode == READ_ONLY:  # nothing will be collected, so pushes need not wait
                switch(client, registry, WRITABLE, timeout_seconds=options.timeout_seconds)
            raise
        print(f"The registry is {options.mode}.", flush=True)
        return _result(options.result)
    except (SwitchError, ApiError) as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1


def _result(file: Path | None) -> int:
    """The exit code that an earlier step has left."""
    if file is None:
        return 0
    try:
        code = int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        print(f"{file}: holds no exit code, so the collection did not come to an end", file=sys.stderr, flush=True)
        return 1
    if code:
        print(f"the collection failed with exit code {code}; see the log of the step collect", file=sys.stderr)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
