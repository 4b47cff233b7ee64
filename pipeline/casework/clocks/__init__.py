"""A case's clocks: which limit each milestone has, when it is due, who is told before and after (`domain/domain.md`, Decisions, §1.7, §4.6).

    calendar.py    which days work, when the office is open, how far the year's list reaches
    reckoning.py   from a start and a limit to the instant that is due, in all four kinds of time
    rules.py       which rule says how long a milestone may take
    milestones.py  every milestone of a case with its due instant, none later than the closing limit
    escalation.py  yellow, orange, red; quiet hours; levels of supervision
    extensions.py  whether a deadline may still be put off, and how far

Pure: no clock, no network, no chance. What runs, stands still or is put off is said by whoever asks.
"""
