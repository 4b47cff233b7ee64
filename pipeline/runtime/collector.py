"""The cyclic garbage collector of a process that handles lines.

Lines make no cycles: what they make is freed by counting references. The collector would look at a hundred thousand living rows
again and again and find nothing. So what lives from the start is set apart, and it looks seldom.
"""

from __future__ import annotations

import gc

SELDOM = (100_000, 50, 1_000)


def look_seldom() -> None:
    """Sets apart what there is now, and makes the collector look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
