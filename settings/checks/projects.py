"""Checks of projects: names, members, data sets, egress."""

import re
from collections.abc import Iterator

from settings.checks.common import duplicates, empty
from settings.errors import Path, Problem
from settings.partial import Partial
from settings.projects import Project

_HOME_CLAIM = re.compile(r"home-.+-[0-9]+")


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems of each project besides its workspaces, and projects that repeat a name."""
    projects = partial.settings.projects
    yield from duplicates(("projects",), (project.name for project in projects), "project name")
    for index, project in enumerate(projects):
        path = ("projects", index)
        members = ((member.kind, member.name) for member in project.members)
        yield from duplicates((*path, "members"), members, "member")
        yield from duplicates((*path, "egress"), (egress.cidr for egress in project.egress), "range", "cidr")
        for position, egress in enumerate(project.egress):
            yield from empty(partial, (*path, "egress", position, "ports"), egress.ports, "port")
            yield from duplicates((*path, "egress", position, "ports"), egress.ports, "port", None)
        yield from _data_sets((*path, "dataSets"), project)


def _data_sets(path: Path, project: Project) -> Iterator[Problem]:
    yield from duplicates(path, (data_set.name for data_set in project.data_sets), "data set name")
    mounted: dict[str, int] = {}
    for index, data_set in enumerate(project.data_sets):
        if _HOME_CLAIM.fullmatch(data_set.claim):
            what = "has the name of a workspace's home, which would be open to the whole project"
            fix = "name a claim that holds shared data only"
            yield Problem((*path, index, "claim"), what, "any claim not named home-<workspace>-<number>", fix)
        clash = next((other for other in mounted if _overlap(data_set.path, other)), None)
        if clash and data_set.name != project.data_sets[mounted[clash]].name:
            what = f"lies on or inside the mount path {clash} of entry {mounted[clash]}"
            fix = "choose another path"
            yield Problem((*path, index, "mountPath"), what, "a path of its own", fix, f'"{data_set.path}"')
        mounted.setdefault(data_set.path, index)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
