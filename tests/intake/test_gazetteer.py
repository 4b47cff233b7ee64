from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.gazetteer import Gazetteer
from pipeline.intake.plain import plain
from schemas.centre import AddressEntry
from tests.intake.centres import AREAS, area, centre

TWO_DISTRICTS = (
    *(area("8", "北区"), area("81", "江边街道", parent="8"), area("811", "同心社区"), area("812", "团结社区")),
    *(
        area("9", "南区"),
        area("91", "东街道", "东街"),
        area("92", "西街道"),
        area("911", "同心社区"),
        area("921", "同心社区", "同心村"),
        area("922", "團結社區"),
    ),
)


def known(*names: str, community: str = "911") -> tuple[AddressEntry, ...]:
    """Dictionary entries of one community."""
    return tuple(AddressEntry(name=name, community=community) for name in names)


def found(gazetteer: Gazetteer, address: str = "", text: str = "", hint: str = "") -> tuple[str, str, str] | None:
    """Name, community and field of what is found."""
    hit = gazetteer.find(plain(address), plain(text), hint)
    return hit and (hit.entry.name, hit.entry.community, hit.field)


def test_the_longest_name_wins_wherever_it_stands() -> None:
    gazetteer = Gazetteer(centre(addresses=[*known("人民公园"), *known("人民公园南门", "一品街", community="912")]))
    assert found(gazetteer, "一品街人民公园南门") == ("人民公园南门", "912", "address")
    assert found(gazetteer, "人民公园西门") == ("人民公园", "911", "address")


def test_the_address_is_asked_before_the_text() -> None:
    gazetteer = Gazetteer(centre(addresses=[*known("人民公园"), *known("新开小区二期", community="912")]))
    assert found(gazetteer, "人民公园", "住在新开小区二期") == ("人民公园", "911", "address")
    assert found(gazetteer, "某处", "住在新开小区二期") == ("新开小区二期", "912", "text")


def test_a_name_in_either_script_is_known() -> None:
    gazetteer = Gazetteer(centre(areas=TWO_DISTRICTS, addresses=[*known("廣場")]))
    assert found(gazetteer, "广场") == found(gazetteer, "廣場") == ("廣場", "911", "address")


def test_a_name_of_one_sign_is_no_name() -> None:
    assert found(Gazetteer(centre(addresses=known("桥"))), "桥头") is None


def test_of_places_of_one_name_the_one_whose_street_is_said_counts() -> None:
    gazetteer = Gazetteer(centre(areas=TWO_DISTRICTS))
    assert found(gazetteer, "同心社区") is None
    assert found(gazetteer, "南区西街道同心社区") == ("同心社区", "921", "address")
    assert found(gazetteer, "东街同心社区") == ("同心社区", "911", "address")
    assert found(gazetteer, "", "同心社区停水", "西街道") == ("同心社区", "921", "text")


def test_of_places_of_one_name_in_several_districts_the_district_is_enough_where_it_has_one() -> None:
    gazetteer = Gazetteer(centre(areas=TWO_DISTRICTS))
    assert found(gazetteer, "北区同心社区") == ("同心社区", "811", "address")
    assert found(gazetteer, "南区同心社区") is None
    assert found(gazetteer, "团结社区", hint="南区") == ("團結社區", "922", "address")


def test_a_hint_that_holds_more_than_the_name_is_understood() -> None:
    assert found(Gazetteer(centre(areas=TWO_DISTRICTS)), "同心社区", hint="南区西街道办事处") == ("同心社区", "921", "address")


def test_an_alias_is_as_good_as_the_name() -> None:
    assert found(Gazetteer(centre(areas=TWO_DISTRICTS)), "同心村") == ("同心村", "921", "address")


def test_where_the_longest_name_is_not_clear_the_next_may_be() -> None:
    gazetteer = Gazetteer(centre(areas=TWO_DISTRICTS, addresses=known("菜场", community="922")))
    assert found(gazetteer, "同心社区菜场") == ("菜场", "922", "address")


def test_others_of_the_name_are_named_beside_the_one_that_was_found() -> None:
    hit = Gazetteer(centre(areas=TWO_DISTRICTS)).find("西街道同心社区", "", "")
    assert hit is not None
    assert sorted(other.community for other in hit.others) == ["811", "911"]


def test_an_entry_with_a_point_goes_before_the_communitys_bare_name() -> None:
    gazetteer = Gazetteer(centre(addresses=[AddressEntry(name="甲社区", community="911", lng=118.6, lat=32.0), AddressEntry(name="甲社区", community="911")]))
    hit = gazetteer.find("甲社区", "", "")
    assert hit is not None
    assert hit.entry.lng == 118.6


@given(st.text("甲乙丙东西街道社区南 ", max_size=12), st.text("甲乙丙社区", max_size=8), st.sampled_from(["", "东街道", "西街道", "小区", "别处"]))
def test_what_is_found_was_named(address: str, text: str, hint: str) -> None:
    hit = Gazetteer(centre(areas=AREAS)).find(address, text, hint)
    if hit is None:
        assert not any(row.name in words for row in AREAS if len(row.code) == 3 for words in (address, text))
    else:
        assert hit.entry.name in {"address": address, "text": text}[hit.field]
