"""Panels of Grafana (10 and later) as plain data.

Each says "no data" where there is none: an empty number must never read as a good one.
"""

from collections.abc import Sequence
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GREEN, AMBER, RED = "green", "orange", "red"
WIDTH = 24
NO_DATA = "no data"
Step = tuple[float | None, str]


def source_variable() -> dict[str, Any]:
    """Which Prometheus is asked."""
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1}


def row(title: str) -> dict[str, Any]:
    """A heading."""
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": WIDTH, "h": 1}}


def stat(
    title: str, query: str, unit: str, thresholds: Sequence[Step], *, decimals: int = 1, width: int = 6, height: int = 4
) -> dict[str, Any]:
    """One number, coloured by steps."""
    made = panel("stat", title, [target(query, instant=True)], unit, width=width, height=height)
    made["fieldConfig"]["defaults"] |= {"decimals": decimals} | steps(thresholds)
    made["options"] = {"colorMode": "value", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return made


def series(
    title: str,
    queries: Sequence[tuple[str, str]],
    unit: str,
    *,
    width: int = 12,
    stacked: bool = False,
    thresholds: Sequence[Step] | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    """Lines over time."""
    made = panel("timeseries", title, [target(query, legend) for query, legend in queries], unit, width=width, height=8)
    custom = {"fillOpacity": 20 if stacked else 0, "showPoints": "never", "spanNulls": False}
    custom |= {"stacking": {"mode": "normal", "group": "A"}} if stacked else {}
    defaults = made["fieldConfig"]["defaults"]
    defaults |= {"custom": custom}
    defaults |= steps(thresholds) if thresholds else {}
    defaults |= {"max": most} if most is not None else {}
    made["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    return made


def panel(
    kind: str, title: str, targets: Sequence[dict[str, Any]], unit: str, *, width: int, height: int
) -> dict[str, Any]:
    """A panel of any kind."""
    named = [target | {"refId": chr(ord("A") + number)} for number, target in enumerate(targets)]
    return {
        "type": kind,
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": unit, "noValue": NO_DATA}, "overrides": []},
        "targets": named,
    }


def target(query: str, legend: str = "", *, instant: bool = False, table: bool = False) -> dict[str, Any]:
    """A question to Prometheus."""
    made = {"datasource": SOURCE, "expr": query, "legendFormat": legend, "instant": instant or table}
    return made | {"range": not made["instant"]} | ({"format": "table"} if table else {})


def steps(values: Sequence[Step]) -> dict[str, Any]:
    """Colours from values on."""
    return {"thresholds": {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in values]}}


def placed(panels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Panels side by side as far as they fit, as Grafana's grid of 24 columns has it."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        size = panel["gridPos"]
        if x + size["w"] > WIDTH:
            x, y, height = 0, y + height, 0
        placed.append(panel | {"id": number, "gridPos": {"x": x, "y": y, **size}})
        x, height = x + size["w"], max(height, size["h"])
    return placed
