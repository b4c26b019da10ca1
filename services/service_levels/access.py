"""How a program reaches the API server: as a pod by its account, or as its command line says."""

import argparse
from pathlib import Path

from services.service_levels.kubernetes import Api


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add the options that lead to an API server."""
    parser.add_argument("--server", metavar="URL", help="the API server (default: the one of this pod)")
    parser.add_argument("--token", type=Path, metavar="FILE", help="token of the account, with --server")
    parser.add_argument("--authority", type=Path, metavar="FILE", help="certificate authority of the API server")


def client(options: argparse.Namespace) -> Api:
    """The client that a command line asks for.

    Raises:
        ApiError: No server is given and this is no pod, or a file cannot be read.
    """
    return Api(options.server, options.token, options.authority) if options.server else Api.of_this_pod()
