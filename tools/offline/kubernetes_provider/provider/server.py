"""The plugin process: a gRPC server on a free local port, which is printed for the engine to find."""

import os
import signal
import sys
from concurrent import futures

import grpc

from .engine import Engine
from .protocol import provider_pb2_grpc
from .servicer import Servicer

MAX_MESSAGE = 400 << 20  # bytes, the engine's own limit

# Every operation that waits holds a thread; the engine starts as many at once as `--parallel` says. Threads are made
# when they are needed, so the limit only has to lie above any sensible `--parallel`, with room for Cancel.
WORKERS = 512


PARENT_SECONDS = 2.0  # between two looks whether the engine still lives


def main() -> None:
    """Serve until the engine ends this process, or ends itself without doing so."""
    engine_process = os.getppid()
    for name in (signal.SIGINT, signal.SIGTERM):  # how the engine ends a plugin it no longer needs
        signal.signal(name, lambda *_: os._exit(0))
    options = [("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), options=options)
    address = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else ""
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(Engine(address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdout = sys.stderr  # the engine reads nothing more from standard output
    while os.getppid() == engine_process:
        if not server.wait_for_termination(timeout=PARENT_SECONDS):
            return
    os._exit(1)  # threads may be in the middle of a wait; nobody is left to tell about it
