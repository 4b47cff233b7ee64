"""What a source's module says of a line that it refuses tells nobody's number, whichever field it stood in."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from connectors.channels import CHANNELS
from schemas.errors import Refused
from schemas.vocabulary import Source
from tests.schemas.adversarial import ADVERSARIAL, tells

NOW = datetime(2026, 3, 3, tzinfo=UTC)


def refusal(source: Source, line: dict[str, object]) -> str:
    """The sentence; nothing where the line is taken."""
    try:
        CHANNELS[source].read(orjson.dumps(line), NOW)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("source", Source)
def test_no_refusal_of_a_line_tells_a_number_of_the_adversarial_set(source: Source) -> None:
    example = dict(CHANNELS[source].example)
    said = 0
    for hidden in ADVERSARIAL[::5]:
        lines = [{**example, field: hidden.text} for field in example] + [{**example, hidden.text: 1}, {hidden.text: hidden.text}]
        lines += [{**example, field: {hidden.text: [hidden.text]}} for field in example]
        sentences = [sentence for line in lines if (sentence := refusal(source, line))]
        said += len(sentences)
        assert [sentence for sentence in sentences if tells(sentence, hidden)] == []
    assert said > 100
