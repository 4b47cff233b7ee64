"""All sources' own modules, by source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors import city_management, department, hotline12345, joint_patrol, petition, police110
from connectors.channel import Channel
from schemas.vocabulary import Source

CHANNELS: Final[Mapping[Source, Channel]] = {
    module.CHANNEL.source: module.CHANNEL for module in (hotline12345, police110, city_management, petition, joint_patrol, department)
}
