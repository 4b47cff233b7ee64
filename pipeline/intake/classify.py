"""What a report is about, what it wants, how urgent it is, and whether it is sealed; each with its reason.

Order of trust for the matter (`domain/domain.md` §10): the source's own code, mapped; gates; the lexicon; a model, where one
is installed; else 1999, to the desk. The sealed gates are looked at whatever the source says: a leak to the accused is the
worst failure (§1.4). Urgency starts at the matter's and is only ever raised (Decisions).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from pipeline.intake.gates import Gates
from pipeline.intake.lexicon import Lexicon
from pipeline.intake.plain import plain
from pipeline.intake.words import Matcher
from schemas.errors import BrokenReference
from schemas.event import RunnerUp, Why
from schemas.vocabulary import Intent, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.intake.gates import Conditions, Held
    from pipeline.intake.words import Found
    from reference.pack import Reference
    from schemas.centre import Gate, SourceCode
    from schemas.report import Report

UNCLASSIFIED = "1999"
"""其他未分类: the desk decides."""
ACCUSATION = "1901"
"""检举控告公职人员: sealed."""
LEVELS = "/"
"""Joins the levels of a source's code."""
MODEL_FLOOR = 0.5
"""A model that is less sure than this of its best matter has said nothing."""
RUNNERS_UP = 3
KEPT = 8_192
"""Distinct decisions kept for reuse, about 2 KB each; a city's short lines repeat a few thousand, long letters never repeat."""

Decision = Literal["place", "matter", "intent", "urgency", "sealed", "unit", "restricted"]
_RANK = {Urgency.SEALED: 0, Urgency.U1: 1, Urgency.U2: 2, Urgency.U3: 3, Urgency.U4: 4, Urgency.NONE: 5}
_INTENTS = {intent.value: intent for intent in Intent}
_DEFAULT_INTENT = {
    **dict.fromkeys(("02", "03", "04", "11", "15", "18"), Intent.HELP),
    **dict.fromkeys(("0504", "0709", "1008", "1305", "1608", "1609", "1611", "1612"), Intent.HELP),
    **dict.fromkeys(("17", "0603", "1204", "1205", "1206", "1207", "1302", "1306", "1401", "1505"), Intent.INQUIRY),
    **dict.fromkeys(("0808", "1005", "1010", "1304", "1610", "1901"), Intent.ACCUSATION),
    **dict.fromkeys(("1706", "1707"), Intent.COMPLAINT),
    **dict.fromkeys(("1902", "1903", "1906", "1999"), Intent.OTHER),
    "1904": Intent.PRAISE,
    "1905": Intent.SUGGESTION,
}
"""What a report wants when neither its source nor its words say so, by matter, else by group, else a complaint. Something
broken or dangerous: help; how something is done at an office: an inquiry; an offence nobody suffers from in person: a report."""


class Model(Protocol):
    """A statistical classifier, installed or not. It is asked only where neither code, gate nor lexicon decides."""

    @property
    def name(self) -> str:
        """Name and version, for the reason of a decision."""
        ...

    def predict(self, text_plain: str) -> Sequence[tuple[str, float]]:
        """Matters and their probabilities, best first. Pure: the same text, the same answer; does not block or fail."""
        ...


class Classified(NamedTuple):
    """The decision on one report. `why` is shared between equal decisions and cannot be changed."""

    matter: str
    intent: Intent
    urgency: Urgency
    sealed: bool
    why: Mapping[Decision, Why]


class _Mapped(NamedTuple):
    """What a source's code means, and which row said so."""

    row: SourceCode
    rule: str


class _Matter(NamedTuple):
    code: str
    why: Why


class Classifier:
    """Classifies by one pack. Decisions are pure functions of the report's words, codes and hints, and kept by these."""

    def __init__(self, reference: Reference, model: Model | None = None) -> None:
        self._reference = reference
        self._model = model
        self._matcher = Matcher(reference)
        self._gates = Gates(reference, self._matcher)
        self._lexicon = Lexicon(reference, self._matcher)
        self._codes = {(row.standard, plain(row.code)): row for row in reference.source_codes.values()}
        self._mapped: dict[tuple[str, str], _Mapped | None] = {}
        self._kept: dict[object, Classified] = {}
        self._check()

    def classify(self, report: Report, text_plain: str) -> Classified:
        """Decides on `report`, whose text made plain is `text_plain`. No memory but of equal decisions: the order is of no account."""
        found = self._matcher.find(text_plain)
        conditions = self._gates.conditions(found, report)
        key = (found, conditions, report.code_standard, report.code, report.intent, report.urgency_hint)
        known = self._kept.get(key)
        if known is not None:
            return known
        mapped = self._code(report.code_standard, report.code)
        decided, lasting = self._decide(report, text_plain, found, conditions, mapped)
        if lasting:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = decided
        return decided

    def _decide(self, report: Report, text_plain: str, found: Found, conditions: Conditions, mapped: _Mapped | None) -> tuple[Classified, bool]:
        held = self._gates.held(found, conditions)
        seal = next((h.gate for h in held if h.gate.effect == "seal"), None)
        asked = False
        matter = self._matter(found, held, mapped, seal)
        if matter is None:
            asked = self._model is not None
            matter = self._from_model(text_plain) or self._left_over(found)
        sealing = self._sealing(matter.code, seal, report.urgency_hint)
        if sealing is not None:
            matter = self._closed(matter, seal)
        urgency, because_urgent = self._urgency(matter.code, held, report.urgency_hint, sealed=sealing is not None)
        intent, because_intent = self._intent(report.intent, mapped, found, matter.code)
        if sealing is not None:
            because_intent = Why(rule=because_intent.rule)
        why: dict[Decision, Why] = {"matter": matter.why, "intent": because_intent, "urgency": because_urgent}
        if sealing is not None:
            why["sealed"] = sealing
        elif (private := next((h.gate for h in held if h.gate.restricted), None)) is not None:
            why["restricted"] = Why(rule=f"gates/{private.gate}", because=private.basis)
        return Classified(matter.code, intent, urgency, sealing is not None, MappingProxyType(why)), not asked

    # --- the matter

    def _matter(self, found: Found, held: list[Held], mapped: _Mapped | None, seal: Gate | None) -> _Matter | None:
        """By code, gate or lexicon; None where none of them decides."""
        scores = self._lexicon.matters(found)
        emergency = next((h for h in held if h.gate.effect == "emergency" and h.gate.matter), None)
        if mapped is not None and mapped.row.matter != UNCLASSIFIED:
            others = [RunnerUp(choice=emergency.gate.matter, because=_evidence(emergency))] if emergency else []
            others += [score.runner_up() for score in scores]
            code = mapped.row.matter
            return _Matter(code, Why(rule=mapped.rule, because=mapped.row.note, runners_up=_others(code, others)))
        if seal is not None:
            code = seal.matter or ACCUSATION
            return _Matter(code, Why(rule=f"gates/{seal.gate}", because="a sealed gate holds"))
        if emergency is not None:
            code = emergency.gate.matter
            return _Matter(
                code, Why(rule=f"gates/{emergency.gate.gate}", because=_evidence(emergency), runners_up=_others(code, [s.runner_up() for s in scores]))
            )
        best = self._lexicon.winner(scores)
        if best is None:
            return None
        return _Matter(
            best.choice, Why(rule=f"lexicon/{best.choice}", because=best.because(), runners_up=_others(best.choice, [s.runner_up() for s in scores]))
        )

    def _from_model(self, text_plain: str) -> _Matter | None:
        if self._model is None or not text_plain:
            return None
        guesses = [(matter, probability) for matter, probability in self._model.predict(text_plain) if matter in self._reference.matters]
        if not guesses or guesses[0][1] < MODEL_FLOOR:
            return None
        others = [RunnerUp(choice=matter, score=round(probability, 4)) for matter, probability in guesses[1:]]
        return _Matter(
            guesses[0][0], Why(rule=f"model/{self._model.name}", because=f"probability {guesses[0][1]:.2f}", runners_up=_others(guesses[0][0], others))
        )

    def _left_over(self, found: Found) -> _Matter:
        scores = self._lexicon.matters(found)
        because = "no code, gate or word decides" if not scores else "words speak for several matters alike, or too weakly"
        return _Matter(UNCLASSIFIED, Why(rule=f"default/{UNCLASSIFIED}", because=because, runners_up=_others(UNCLASSIFIED, [s.runner_up() for s in scores])))

    def _code(self, standard: str, code: str) -> _Mapped | None:
        """What the source's code means: the whole code, else its levels from the most specific."""
        if not code:
            return None
        key = (standard, code)
        if key not in self._mapped:
            if len(self._mapped) >= KEPT:
                self._mapped.clear()
            self._mapped[key] = self._look_up(standard, code)
        return self._mapped[key]

    def _look_up(self, standard: str, code: str) -> _Mapped | None:
        for level in (code, *reversed(code.split(LEVELS))):
            row = self._reference.source_codes.get((standard, level)) or self._codes.get((standard, plain(level)))
            if row is not None:
                return _Mapped(row, f"source_codes/{row.standard}/{row.code}")
        return None

    # --- sealed

    def _sealing(self, matter: str, seal: Gate | None, hint: Urgency | None) -> Why | None:
        """Why the report is sealed, or None. The reason names the gate, never the word: it is read by more people than the text."""
        if seal is not None:
            return Why(rule=f"gates/{seal.gate}", because=seal.basis)
        if self._reference.matters[matter].urgency is Urgency.SEALED:
            return Why(rule=f"matters/{matter}", because="every report of this matter is sealed")
        if hint is Urgency.SEALED:
            return Why(rule="report/urgency_hint", because="the source sealed it")
        return None

    def _closed(self, matter: _Matter, seal: Gate | None) -> _Matter:
        """The matter of a sealed report without words of its text; where the source's code stands, the sealed matter is named beside it."""
        sealed = (seal.matter or ACCUSATION) if seal is not None else ACCUSATION
        others = () if matter.code == sealed else (RunnerUp(choice=sealed, because=f"gates/{seal.gate}" if seal is not None else "sealed"),)
        return _Matter(matter.code, Why(rule=matter.why.rule, because="sealed", runners_up=others))

    # --- urgency and intent

    def _urgency(self, matter: str, held: list[Held], hint: Urgency | None, *, sealed: bool) -> tuple[Urgency, Why]:
        if sealed:
            return Urgency.SEALED, Why(rule="sealed", because="a sealed report has no other urgency")
        own = self._reference.matters[matter].urgency
        claims = [(own, f"matters/{matter}", f"{matter} is {own.value}")]
        claims += [
            (h.gate.urgency, f"gates/{h.gate.gate}", f"{h.gate.gate}: {_evidence(h)}") for h in held if h.gate.urgency is not None and _raises(h.gate, matter)
        ]
        if hint is not None:
            claims.append((hint, "report/urgency_hint", f"the source says {hint.value}"))
        best = min(range(len(claims)), key=lambda i: (_RANK[claims[i][0]], i))
        urgency, rule, because = claims[best]
        others = [RunnerUp(choice=other, because=reason) for i, (other, _, reason) in enumerate(claims) if i != best]
        return urgency, Why(rule=rule, because=because, runners_up=tuple(others[:RUNNERS_UP]))

    def _intent(self, own: Intent | None, mapped: _Mapped | None, found: Found, matter: str) -> tuple[Intent, Why]:
        if own is not None:
            return own, Why(rule="report/intent", because="the source says so")
        if mapped is not None and mapped.row.intent is not None:
            return mapped.row.intent, Why(rule=mapped.rule)
        best = self._lexicon.winner(self._lexicon.intents(found))
        if best is not None:
            return _INTENTS[best.choice], Why(rule=f"lexicon/{best.choice}", because=best.because())
        for pattern in (matter, matter[:2]):
            if pattern in _DEFAULT_INTENT:
                return _DEFAULT_INTENT[pattern], Why(rule=f"default/{pattern}")
        return Intent.COMPLAINT, Why(rule="default/*")

    def _check(self) -> None:
        """Raises BrokenReference when a table leads to a matter that the pack does not have."""
        named = {("gates", gate.gate, gate.matter) for gate in self._reference.gates if gate.matter}
        named |= {("lexicon", row.word, row.matter) for row in self._reference.lexicon if row.matter}
        named |= {("source_codes", row.code, row.matter) for row in self._reference.source_codes.values()}
        named |= {("matters", "", matter) for matter in (UNCLASSIFIED, ACCUSATION)}
        for table, row, matter in sorted(named):
            if matter not in self._reference.matters:
                raise BrokenReference(f"{matter} is no matter of this pack", where=f"{table} {row}".strip())


def _others(chosen: str, candidates: Sequence[RunnerUp]) -> tuple[RunnerUp, ...]:
    """The first few candidates that are not the choice, each matter once."""
    others: dict[str, RunnerUp] = {}
    for other in candidates:
        if other.choice != chosen:
            others.setdefault(other.choice, other)
    return tuple(others.values())[:RUNNERS_UP]


def _raises(gate: Gate, matter: str) -> bool:
    return not gate.matters or any(pattern in ("*", matter, f"{matter[:2]}*") for pattern in gate.matters)


def _evidence(held: Held) -> str:
    return f"{held.word} + {held.beside}" if held.beside else held.word
