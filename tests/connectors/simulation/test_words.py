from __future__ import annotations

from connectors.profiles.profile import profiles
from connectors.simulation.words import types, words
from schemas.vocabulary import Intent


def test_all_types_of_city_management_are_known_with_their_names() -> None:
    assert len(types()) == 158
    cover = types()["P0102"]
    assert (cover.matter, cover.kind, cover.big, cover.small) == ("0203", "部件", "公用设施", "污水井盖")


def test_every_line_has_words_and_no_other_standard_has_any() -> None:
    assert all(words(profile.standard) for profile in profiles().values())
    assert words("nobody") == ()
    assert {word.intent for word in words("department-water")} >= {None, Intent.INQUIRY, Intent.PRAISE}
