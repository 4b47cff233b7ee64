from __future__ import annotations

import pytest

from ucc.demo.ended import Delivered, Ended
from ucc.demo.figures import QUESTIONS, Rows
from ucc.demo.twins import Twins

FIGURES: dict[str, Rows] = {name: [{"number": 0}] for name in QUESTIONS} | {
    "outcomes": [{"source": "petition", "outcome": "opened", "number": 3}, {"source": "petition", "outcome": "merged", "number": 1}],
    "results": [{"source": "petition", "number": 6, "final": 1}],
}
WELL = Ended(5, 4, 1, 9, Delivered(4, 2, 0), FIGURES, QUESTIONS, Twins(1, 1, 1), [])


def test_a_day_on_which_nothing_is_missing_is_balanced() -> None:
    assert WELL.balanced
    assert WELL.said()["differences"] == []


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (WELL._replace(accepted=5), "5 receipts, but 4 outcomes"),
        (WELL._replace(differences=["journal: 3 lines in the log, 2 in the warehouse"]), "journal: 3 lines in the log, 2 in the warehouse"),
        (WELL._replace(delivered=Delivered(3, 2, 0)), "6 results, but 5 were told to sources"),
        (WELL._replace(delivered=Delivered(5, 2, 0)), "6 results, but 7 were told to sources"),
        (WELL._replace(delivered=Delivered(4, 2, 1)), "1 results came unsigned"),
        (WELL._replace(figures=FIGURES | {"nobodys": [{"number": 2}]}), "2 open cases wait for nobody"),
        (WELL._replace(figures=FIGURES | {"unfinal": [{"number": 1}]}), "1 reports of ended cases have no final result, or two"),
        (WELL._replace(figures=FIGURES | {"unalerted": [{"number": 1}]}), "1 overdue cases have no alert"),
    ],
)
def test_what_is_missing_double_forgotten_or_untold_is_said(ended: Ended, said: str) -> None:
    assert not ended.balanced
    assert ended.said()["differences"] == [said]
    assert ended.said()["balanced"] is False
