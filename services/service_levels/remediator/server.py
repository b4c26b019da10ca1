"""The remediator's web server: Alertmanager's webhook, health and metrics."""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Callable
from dataclasses import asdict

from aiohttp import web

from services.api_server import ApiError
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.kubernetes import Api
from services.service_levels.remediator.alerts import AlertError, targets
from services.service_levels.remediator.metrics import CONTENT_TYPE_LATEST, Metrics
from services.service_levels.remediator.remediator import Options, Remediator

LOG = logging.getLogger("remediator")
LARGEST = 4 << 20
"""Bytes of a notification."""
RELEASE_SECONDS = 30.0
SHUTDOWN_SECONDS = 20.0


def make_application(remediator: Remediator, metrics: Metrics) -> web.Application:
    """The application.

    Notifications bear no token: a network policy says who reaches the port, and what they can bring about is no more
    than that a workspace is looked at, within the limits.

    Args:
        remediator: What mends.
        metrics: Counters.
    """

    async def alerts(request: web.Request) -> web.Response:
        try:
            found = targets(await request.json(loads=json.loads))
        except (AlertError, ValueError) as error:
            metrics.notifications.labels("invalid").inc()
            return web.Response(status=400, text=f"{error}\n")
        # The answer is written even if Alertmanager has gone: a pod that was deleted must be counted.
        outcomes = [await asyncio.shield(remediator.mend(target)) for target in found]
        metrics.notifications.labels("taken").inc()
        failed = any(outcome.result == "failed" for outcome in outcomes)
        said = [
            {"namespace": target.namespace, "workspace": target.workspace, **asdict(outcome)}
            for target, outcome in zip(found, outcomes, strict=True)
        ]
        # Alertmanager tries again after a server's error, and everything is looked at anew then.
        return web.json_response({"outcomes": said}, status=503 if failed else 200)

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def shown(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application(client_max_size=LARGEST)
    application.router.add_post("/alerts", alerts)
    application.router.add_get("/healthz", health)
    application.router.add_get("/metrics", shown)
    return application


async def serve(
    api: Api,
    options: Options,
    *,
    address: str,
    port: int,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    Args:
        api: The API server's client, not opened.
        options: How the remediator runs.
        address: Address to listen on.
        port: Port; 0 takes a free one.
        ready: Told the URL when it answers.

    Raises:
        ServiceLevelsError: The address cannot be listened on.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    metrics = Metrics(dry_run=options.dry_run)
    async with api:
        remediator = Remediator(api, options, metrics)
        runner = web.AppRunner(make_application(remediator, metrics), shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        releasing = asyncio.create_task(_release(remediator)) if options.policy.fencing else None
        try:
            site = web.TCPSite(runner, address, port)
            try:
                await site.start()
            except OSError as error:
                why = error.strerror or error
                raise ServiceLevelsError(f"{address}:{port} cannot be listened on ({why}); choose another") from None
            host, bound = runner.addresses[0][:2]
            ready(f"http://{f'[{host}]' if ':' in host else host}:{bound}")
            await stop.wait()
        finally:
            if releasing:
                releasing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await releasing
            await runner.cleanup()


async def _release(remediator: Remediator) -> None:
    while True:
        try:
            await remediator.release_nodes()
        except ApiError as error:
            LOG.warning("%s", error)
        await asyncio.sleep(RELEASE_SECONDS)
