"""Makes `base/calendar.csv`: the days of 2024 to 2026 that differ from the week, from the library chinesecalendar.

    python -m reference.packs.make.holidays

The library holds the State Council's yearly lists. Its horizon is the end of 2026; beyond it weekends count alone until the
list of the year is added here or in a pack (`domain/domain.md`, Decisions, Calendar horizon).
"""

from __future__ import annotations

from chinese_calendar.constants import Holiday, holidays, workdays

from reference.rows import as_cells, write
from reference.tables import BASE, CALENDAR
from schemas.centre import CalendarDay

YEARS = range(2024, 2027)
_SATURDAY = 5


def calendar() -> list[CalendarDay]:
    """Week days without work (节假日) and weekend days with work (调休), in order."""
    zh = {holiday.value: holiday.chinese for holiday in Holiday}
    free = [(day, False, zh[name]) for day, name in holidays.items() if day.weekday() < _SATURDAY]
    worked = [(day, True, f"{zh[name]}调休上班") for day, name in workdays.items() if day.weekday() >= _SATURDAY]
    return [CalendarDay(day=day, works=works, name=name) for day, works, name in sorted(free + worked) if day.year in YEARS]


if __name__ == "__main__":
    (BASE / CALENDAR.file).write_bytes(write(CALENDAR, map(as_cells, calendar())))
