from __future__ import annotations

import orjson
import pytest
from casework_streams import Desk, said  # type: ignore[import-not-found]

