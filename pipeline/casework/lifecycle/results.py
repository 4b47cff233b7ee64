"""What the sources are told of their reports: the state in their own words, and of each report exactly one final result."""

from __future__ import annotations

from dataclasses import replace

from pipeline.casework.cases import Cases
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow, Entry
from pipeline.casework.written import Where, Written
from schemas.ids import derived_id
from schemas.issue import Result
from schemas.vocabulary import CaseState, Source


class Results:
    """Writes the lines of `ucc.results`."""

    def __init__(self, book: Book, cases: Cases, written: Written) -> None:
        self._book, self._cases, self._written = book, cases, written

    def told(self, case: CaseRow, work: Work, where: Where) -> Work:
        """The case has come to stand where it stands: the sources of its standing reports hear of it."""
        if case.facts.sealed:
            return work
        told = list(work.told)
        for key in case.members:
            entry = self._cases.entry(key)
            if entry.standing:
                self._one(case, work, entry, where, told)
        return replace(work, told=tuple(told))

    def joined(self, case: CaseRow, work: Work, entry: Entry, where: Where) -> Work:
        """A report has come to a case that is on its way: its source hears where that stands."""
        if case.facts.sealed or not entry.standing:
            return work
        told = list(work.told)
        self._one(case, work, entry, where, told)
        return replace(work, told=tuple(told))

    def _one(self, case: CaseRow, work: Work, entry: Entry, where: Where, told: list[str]) -> None:
        word = self._book.reference.source_words.get((Source(entry.source), CaseState(case.state)))
        if word is None or not word.told:
            return
        again = word.final and entry.key in told
        line = Result(
            result_id=derived_id(where.centre, "result", entry.report_id, case.case_id, str(case.seq)),
            centre=where.centre,
            at=where.at,
            source=Source(entry.source),
            source_id=entry.source_id,
            report_id=entry.report_id,
            case_id=case.case_id,
            number=case.number,
            seq=case.seq,
            state=CaseState(case.state),
            said=word.said,
            final=word.final and not again,
            again=again,
            result=work.result if word.final or case.state == CaseState.FEEDBACK.value else "",
            unit=self._book.unit_name(work.unit) if work.unit else "",
        )
        self._written.results.append(line.to_json())
        if word.final and not again:
            told.append(entry.key)
