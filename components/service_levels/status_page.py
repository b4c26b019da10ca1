"""The job that writes the status page, and copies it to where it is served outside the cluster."""

from pulumi import Input

from components.objects import Manifest
from components.service_levels import shown
from components.service_levels.args import ServiceLevelsArgs

NAME = "status-page"
_DAY = 24 * 60
_AUTHORIZATION = "authorization"


def cron_job(args: ServiceLevelsArgs, image: Input[str]) -> Manifest:
    """The job; a page that could not be written stays as it is, and says itself that it is out of date."""
    page = args.get("status_page") or {}
    schedule = page.get("schedule") or "*/5 * * * *"
    publish = page.get("publish") or {}
    arguments = ["--notes", shown.mounted("notes"), "--every", str(longest_gap(schedule))]
    secrets = {}
    if "url" in publish:
        arguments += ["--publish", publish["url"]]
        if "secret" in publish:
            secrets = {"publish": publish["secret"]}
            arguments += ["--authorization-file", f"{shown.mounted('publish')}/{_AUTHORIZATION}"]
    spec = shown.pod(args, image, NAME, output="page", arguments=arguments, secrets=secrets)
    return shown.cron_job(args, NAME, schedule, spec)


def longest_gap(schedule: str) -> int:
    """Minutes between two runs of a schedule, the longest that there are within a day.

    Args:
        schedule: As cron has it; what names days counts as once a day.
    """
    minute, hour, *days = schedule.split()
    if any(day != "*" for day in days):
        return _DAY
    times = sorted(60 * h + m for h in _numbers(hour, 24) for m in _numbers(minute, 60))
    if not times:
        return _DAY
    return max(later - earlier for earlier, later in zip(times, [*times[1:], times[0] + _DAY], strict=True))


def _numbers(field: str, count: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = 0 if first == "*" else int(first)
        high = int(last) if last else count - 1 if first == "*" or step else low
        found |= set(range(low, high + 1, int(step or 1)))
    return found
