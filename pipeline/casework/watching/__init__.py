"""What is seen across cases, and never in one alone (`domain/domain.md`, Decisions, §1.6 (13), §6).

    recurrence.py  reports and cases of one matter at one place: sixth in 30 days, three in three days, the third case of an issue
    surge.py       more of a matter in a street than is usual at this hour of such days
    usual.py       what is usual: counts by the hour, and the chance of so many
    incidents.py   cases of one cause, near and at nearly one time: one parent, the others its children

Pure: no clock, no network, no chance; all that is remembered is rows of tables, which can be taken back. Matters and places are watched, never persons.
"""
