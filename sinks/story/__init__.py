"""The story of a case: what happened to it, in order, and why each decision fell as it did (`DESIGN.md` §4, promise 4), in Chinese and in English."""

from sinks.story.model import Story
from sinks.story.reached import settled
from sinks.story.reading import story
from sinks.story.telling import told
from sinks.story.tongue import Known

__all__ = ["Known", "Story", "settled", "story", "told"]
