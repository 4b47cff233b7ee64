"""The little of PromQL that tests need: which metrics a query names, and by which labels it chooses and groups."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from schemas.metrics import METRICS

TARGET = {"job", "instance"}
"""Labels that Prometheus gives to every series, by where it scraped it."""
ITS_OWN = {"up"}
"""Series that Prometheus makes itself."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"(?<![\w$.])([a-z_:][a-z0-9_:]*)\b(?!\s*\()")
_CHOSEN = re.compile(r"\{([^}]*)\}")
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"}


class Chosen(NamedTuple):
    """One series selector of a query."""

    metric: str
    labels: frozenset[str]


def selectors(query: str) -> list[Chosen]:
    """The series selectors of a query, in order."""
    bare = _GROUPED.sub(" ", _TEXT.sub('""', query))
    outside = _CHOSEN.sub(lambda found: " " * len(found.group()), re.sub(r"\[[^\]]*\]", lambda found: " " * len(found.group()), bare))
    found = []
    for name in _NAME.finditer(outside):
        if name.group(1) not in _WORDS and not re.fullmatch(r"\d+[smhdw]", name.group(1)):
            braces = _CHOSEN.match(bare, name.end())
            found.append(Chosen(name.group(1), frozenset(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces.group(1)) if braces else ())))
    return found


def grouped(query: str) -> set[str]:
    """Labels that a query groups or joins by."""
    return {label.strip() for labels in _GROUPED.findall(_TEXT.sub('""', query)) for label in labels.split(",") if label.strip()}


@cache
def of_the_process() -> set[str]:
    """Series that the health door adds to ours."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return {sample.name for family in registry.collect() for sample in family.samples}


def labels_of(metric: str) -> set[str] | None:
    """Labels that a series may have; none where there is no such series."""
    if metric in ITS_OWN | of_the_process():
        return set(TARGET)
    plain = re.sub(r"_(bucket|sum|count)$", "", metric)
    described = METRICS.get(metric) or METRICS.get(plain)
    if described is None or (described.kind == "histogram") == (metric == described.name):
        return None
    return {*described.labels, *TARGET, *({"le"} if metric.endswith("_bucket") else ())}


def wrong_with(query: str) -> list[str]:
    """What of a query does not exist: metrics, and labels that none of its metrics has."""
    wrong: list[str] = []
    known: set[str] = set()
    for metric, chosen in selectors(query):
        labels = labels_of(metric)
        if labels is None:
            wrong.append(f"there is no series {metric}")
        else:
            known |= labels
            wrong += [f"{metric} has no label {label}" for label in sorted(chosen - labels)]
    return wrong + [f"nothing in it has the label {label}" for label in sorted(grouped(query) - known)]
