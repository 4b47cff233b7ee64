"""Are points in the system that their label says? They are held against the known places of their addresses (`domain/domain.md` §3, pipeline duties).

A wrong label is no error of any line: each point is one, half a kilometre or more beside the truth. It shows over many: under the label that is right
the points lie on their addresses, under every other one the whole cloud is shifted the same way (浦口: GCJ-02 by 535 m, BD-09 by 1,170 m).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reference.crs import distance_m, to_wgs84_many
from schemas.vocabulary import Crs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.intake.gazetteer import Gazetteer

LABELS = (Crs.WGS84, Crs.GCJ02, Crs.BD09)
"""The labels that differ: CGCS2000 is WGS-84 here."""
LEAST_PAIRS = 30
"""Places without which nothing is said: a dozen crooked entries of a dictionary are not a source's fault."""
FAR_M = 200.0
"""A label under which half of the points lie nearer is not doubted: an estate is that wide, and the point of an address is that of its gate."""
MUCH_NEARER = 1 / 3
"""Another label is believed when its median is less than this share of the label's own. Where points are merely loose (a road is long), another label
brings them no nearer: it shifts all of them by the same half kilometre."""
FARTHEST_M = 5_000.0
"""Points so far off under every label tell nothing of labels: zero, longitude and latitude exchanged, or a place of the same name elsewhere."""


class Pointed(NamedTuple):
    """A report's point as received, and its address."""

    source: str
    """The source; of a department's line, its system."""
    label: Crs
    lng: float
    lat: float
    address: str
    """Plain."""
    area_hint: str


class Pair(NamedTuple):
    """A point as received, in degrees of whatever system it is in, and the place of its address (WGS-84 degrees)."""

    lng: float
    lat: float
    place_lng: float
    place_lat: float


class CrsAudit(NamedTuple):
    """How far the points of a source lie off their addresses, under the label that they carry and under the others."""

    source: str
    label: Crs
    pairs: int
    """How many counted."""
    medians: Mapping[Crs, float]
    """Metres, by label (`LABELS`); empty where there are no pairs."""

    @property
    def right(self) -> Crs | None:
        """The label that is right, where the one that the points carry is wrong; none: nothing is to be said."""
        if self.pairs < LEAST_PAIRS or (own := self.medians[_as_one(self.label)]) <= FAR_M:
            return None
        best = min(LABELS, key=self.medians.__getitem__)
        return best if self.medians[best] < own * MUCH_NEARER else None

    def __str__(self) -> str:
        """`points of police110 are labelled wgs84 and lie 533 m off their addresses (median of 120); as gcj02 they lie 12 m off`."""
        if not self.medians:
            return f"points of {self.source} are labelled {self.label}, and no address tells where they should lie"
        said = (
            f"points of {self.source} are labelled {self.label} and lie {self.medians[_as_one(self.label)]:.0f} m off their addresses (median of {self.pairs})"
        )
        return f"{said}; as {self.right} they lie {self.medians[self.right]:.0f} m off" if self.right is not None else said


def pairs_by_label(gazetteer: Gazetteer, points: Iterable[Pointed]) -> dict[tuple[str, Crs], list[Pair]]:
    """By source and label, the points whose address names a place with a known point, as placing matches it.

    Of each place the first: a hundred reports of one corner are one witness.
    """
    found: dict[tuple[str, Crs], dict[tuple[str, str], Pair]] = {}
    for point in points:
        hit = gazetteer.find(point.address, "", point.area_hint)
        if hit is not None and hit.entry.lng is not None and hit.entry.lat is not None:
            pair = Pair(point.lng, point.lat, hit.entry.lng, hit.entry.lat)
            found.setdefault((point.source, point.label), {}).setdefault((hit.entry.name, hit.entry.community), pair)
    return {key: list(pairs.values()) for key, pairs in found.items()}


def audited(source: str, label: Crs, pairs: Sequence[Pair]) -> CrsAudit:
    """The audit of one source's points of one label. The order of `pairs` is of no account."""
    lngs, lats = (np.array([pair[axis] for pair in pairs], dtype=np.float64) for axis in (0, 1))
    metres = np.empty((len(LABELS), len(pairs)))
    for row, crs in zip(metres, LABELS, strict=True):
        x, y = to_wgs84_many(lngs, lats, crs)
        row[:] = [distance_m(lng, lat, pair.place_lng, pair.place_lat) for lng, lat, pair in zip(x.tolist(), y.tolist(), pairs, strict=True)]
    metres = metres[:, metres.min(axis=0) < FARTHEST_M]
    count = metres.shape[1]
    medians = dict(zip(LABELS, np.median(metres, axis=1).tolist(), strict=True)) if count else {}
    return CrsAudit(source, label, count, medians)


def _as_one(label: Crs) -> Crs:
    return Crs.WGS84 if label is Crs.CGCS2000 else label
