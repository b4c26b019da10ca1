"""The job that writes the report of the month before, onto the volume of the status page.

Reports name projects, so they are not copied to where the page is.
"""

from pulumi import Input

from components.objects import Manifest
from components.service_levels import shown
from components.service_levels.args import ServiceLevelsArgs

NAME = "report"


def cron_job(args: ServiceLevelsArgs, image: Input[str]) -> Manifest:
    """The job; a run that fails is made again, and goes on where the last one ended."""
    schedule = (args.get("report") or {}).get("schedule") or "0 6 2 * *"
    spec = shown.pod(args, image, NAME, output="reports", arguments=[], secrets={})
    return shown.cron_job(args, "monthly-report", schedule, spec)
