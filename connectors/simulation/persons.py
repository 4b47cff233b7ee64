"""People who report, made up: their telephones begin with 1999, which nobody has, their identity numbers with a region that is none."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from connectors.samples.places import pick

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_GIVEN = "甲乙丙丁戊己庚辛壬癸"
_ESTATES = ("测试花园", "测试家园", "测试新村", "测试雅苑")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class Made(NamedTuple):
    """One person who reports."""

    name: str
    phone: str
    id_number: str
    home: str


def made_up(dice: Random) -> Made:
    """A person that there is not."""
    serial = int(dice.random() * 10_000_000)
    born = f"{1940 + int(dice.random() * 60)}{1 + int(dice.random() * 12):02d}{1 + int(dice.random() * 28):02d}"
    return Made(
        name=f"{pick(dice, _SURNAMES)}某{pick(dice, _GIVEN)}",
        phone=f"1999{serial:07d}",
        id_number=f"000000{born}{serial % 1000:03d}{pick(dice, '0123456789X')}",
        home=f"{pick(dice, _ESTATES)}{1 + serial % 20}栋{101 + serial % 600}室",
    )


def full_width(digits: str) -> str:
    """As a person types digits whose keyboard stands on Chinese."""
    return digits.translate(_FULL_WIDTH)
