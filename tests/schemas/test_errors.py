from __future__ import annotations

import pickle
import re

import pytest

from schemas import errors
from schemas.errors import UccError, every_error, without_words

_DRAWN = re.compile(r"^(?P<indent>[│ ]*)[├└]── (?P<name>\w+)(?P<meaning>  +\S.*)?$")


def drawn() -> dict[str, str]:
    """Each class of the tree in the module's docstring, with the class above it."""
    above: dict[str, str] = {}
    path = ["UccError"]
    for line in (errors.__doc__ or "").splitlines():
        found = _DRAWN.match(line)
        if found:
            del path[len(found["indent"]) // 4 + 1 :]
            above[found["name"]] = path[-1]
            path.append(found["name"])
    return above


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert drawn() == {kind.__name__: kind.__mro__[1].__name__ for kind in every_error() if kind is not UccError}


def test_every_leaf_says_in_the_drawing_what_it_means() -> None:
    lines = [found for found in map(_DRAWN.match, (errors.__doc__ or "").splitlines()) if found]
    assert [line["name"] for line in lines if not line["meaning"]] == []


def test_every_error_has_a_code_of_its_own_in_lower_case() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_an_error_says_where_it_was_before_what_it_was() -> None:
    assert str(UccError("is missing", where="units.csv:3 name")) == "units.csv:3 name: is missing"
    assert str(UccError("is missing")) == "is missing"


@pytest.mark.parametrize("kind", list(every_error()))
def test_an_error_crosses_processes_whole(kind: type[UccError]) -> None:
    again = pickle.loads(pickle.dumps(kind("is missing", where="here")))  # noqa: S301  our own bytes
    assert (type(again), again.detail, again.where, again.code) == (kind, "is missing", "here", kind.code)


def test_an_unforeseen_error_is_told_by_its_place_and_never_by_its_words() -> None:
    with pytest.raises(ValueError, match="张三") as caught:
        int("张三 13800000000")
    said = without_words(caught.value)
    assert said.startswith("ValueError in test_an_unforeseen_error")
    assert "test_errors.py" in said
    assert "张三" not in said
