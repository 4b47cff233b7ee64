"""Where simulated things happen: at addresses of the pack where it has some of the kind, else anywhere in its grids."""

from __future__ import annotations

from random import Random
from typing import Any

import shapely

from connectors.samples.places import Place, Places, pick
from reference.pack import Reference

ANYWHERE = 0.3
"""Share of things that happen somewhere in a grid, at no known address: so that most stand alone."""
THROWS = 30


class Spots:
    """Draws places. It draws from `random()` alone."""

    def __init__(self, reference: Reference, dice: Random) -> None:
        """`reference` has at least one grid."""
        self._dice = dice
        self._places = Places(reference, dice)
        self._known = self._places.kinds()
        self._grids, self._polygons, self._areas = reference.grids, reference.polygons, reference.areas
        self._district = reference.areas[reference.district].name if reference.district in reference.areas else ""

    def one(self, kind: str) -> Place:
        """A place of a kind (road, estate, village, school, …)."""
        if kind not in self._known or self._dice.random() < ANYWHERE:
            return self._anywhere()
        return self._places.one(kind)

    def _anywhere(self) -> Place:
        """A point in one of the grids, with its community's name for an address."""
        number = int(self._dice.random() * len(self._grids))
        shape: Any = self._polygons[number]
        west, south, east, north = shape.bounds
        for _ in range(THROWS):
            lng, lat = west + (east - west) * self._dice.random(), south + (north - south) * self._dice.random()
            if shapely.contains_xy(shape, lng, lat):
                break
        else:
            inside = shapely.point_on_surface(shape)
            lng, lat = inside.x, inside.y
        community = self._areas[self._grids[number].community]
        street = self._areas[community.parent].name if community.parent in self._areas else ""
        name = "" if "虚拟" in community.name else community.name.removesuffix("居委会").removesuffix("委会")
        near = pick(self._dice, ("文化广场", "便民服务站", "篮球场", "东侧路口", "西侧空地", "河边", "沿街商铺", "停车场"))
        return Place(f"{name or street}{near}", f"{self._district}{street}{name}{near}", name, street, lng, lat)
