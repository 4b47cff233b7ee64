"""How well the words of the base pack classify, and what a report costs: measured on the real streams of UCC_SHARED.

    python benchmarks/classify.py [--matters] [--wrong 0811]

1. The hotline stream (traditional Chinese, short lines). The truth is the source's own code through the source code map. The
   lexicon is asked without the code, once with the text as it is, once with the words of the code's own names taken out.
2. Citizens' letters (simplified, long), of seven first-level labels; our matters are taken to them by `LABELS`. Weights were
   set on the even rows: the odd rows are the figure. (Openings of some three hundred letters of either half were read first.)
3. µs per report for the whole of `plain` and `classify`, with codes and without.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.intake.classify import UNCLASSIFIED, Classifier
from pipeline.intake.plain import plain
from pipeline.intake.words import Matcher
from reference.pack import Reference
from reference.rows import read, validate
from reference.tables import BASE, GATES, LEXICON, MATTERS, MERGE_RULES, SOURCE_CODES, Table
from schemas.report import Report
from schemas.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.problem import Problem

SHARED = Path(os.environ.get("UCC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
LABELS = {
    **dict.fromkeys(("01", "02", "03", "04", "05", "06", "09", "11", "0705", "1206", "1603"), "城乡建设"),
    **dict.fromkeys(("07",), "交通运输"),
    **dict.fromkeys(("08", "1804", "1805", "0405"), "环境保护"),
    **dict.fromkeys(("12", "1302", "1604"), "劳动和社会保障"),
    **dict.fromkeys(("13", "1004", "1605"), "卫生计生"),
    **dict.fromkeys(("14",), "教育文体"),
    **dict.fromkeys(("10", "1406", "1408", "0105", "0504"), "商贸旅游"),
}
"""Our matters and groups → the seven labels of the letters, by the cross-list of `domain/taxonomy.csv` (column xinfang_crosswalk)."""
PER_REPORT = 20_000


class Line(NamedTuple):
    """One report of the hotline and what its code says it is."""

    report: Report
    text: str
    own_words: tuple[str, ...]
    truth: str


def base_reference() -> Reference:
    """The words of the base pack, without places and duties."""
    problems: list[Problem] = []

    def rows(table: Table[Any]) -> list[Any]:
        return validate(table, read(BASE / table.file, table, problems), problems).items

    codes = rows(SOURCE_CODES)
    matters = {matter.code: matter for matter in rows(MATTERS)}
    reference = Reference(
        name="base",
        title="base",
        hash="-",
        time_zone="Asia/Taipei",
        district="",
        matters=matters,
        units={},
        duties=(),
        areas={},
        grids=(),
        polygons=np.empty(0, dtype=object),
        responders=(),
        shifts={},
        deadlines=(),
        calendar=(),
        source_codes={(code.standard, code.code): code for code in codes},
        merge_rules={rule.matter: rule for rule in rows(MERGE_RULES)},
        gates=tuple(rows(GATES)),
        lexicon=tuple(rows(LEXICON)),
        addresses=(),
        metrics={},
        manifest={},
    )
    if problems:
        sys.exit("\n".join(map(str, problems)))
    return reference


def hotline(reference: Reference) -> list[Line]:
    """Every set line of the hotline's change stream whose code is mapped."""
    classifier = Classifier(reference)
    lines = []
    with gzip.open(SHARED / "data" / "tainan_hotline" / "changelog_2016_2018.csv.gz", "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["op"] != "+":
                continue
            code = f"{row['category']}/{row['subcategory']}"
            report = Report(
                source=Source.HOTLINE12345,
                source_id=row["id"],
                reported_at=datetime.fromisoformat(row["created"] + "+08:00").astimezone(UTC),
                text=row["description"],
                code_standard="tainan-1999",
                code=code if code != "/" else "",
            )
            decided = classifier.classify(report, "")
            truth = decided.matter if decided.why["matter"].rule.startswith("source_codes/") else ""
            names = {plain(word) for word in (row["subcategory"], *row["subcategory"].split("、")) if len(word) > 1}
            lines.append(Line(report, plain(row["description"]), tuple(sorted(names, key=len, reverse=True)), truth))
    return lines


def without_own_words(line: Line) -> str:
    """The text without the names of its own code."""
    text = line.text
    for word in line.own_words:
        text = text.replace(word, " ")
    return plain(text)


def agreement(reference: Reference, lines: list[Line], *, matters: bool, wrong: str) -> None:
    """Prints how often the words alone say what the code says."""
    classifier = Classifier(reference)
    coded = [line for line in lines if line.truth]
    said = [classifier.classify(line.report.model_copy(update={"code": ""}), line.text).matter for line in coded]
    masked = [without_own_words(line) for line in coded]
    said_masked = [classifier.classify(line.report.model_copy(update={"code": ""}), text).matter for line, text in zip(coded, masked, strict=True)]
    own = [any(word in line.text for word in line.own_words) for line in coded]
    print(f"\nhotline: {len(lines)} lines set, {len(coded)} with a mapped code; {sum(own) / len(own):.1%} hold the code's own words")
    print(f"{'words against code':44}{'lines':>8}{'L2':>8}{'L1':>8}{'1999':>8}{'L2 of decided':>15}")
    everything = list(range(len(coded)))
    _agreement("as it is", everything, coded, said)
    _agreement("as it is, lines without the own words", [i for i in everything if not own[i]], coded, said)
    _agreement("own words taken out", everything, coded, said_masked)
    matcher = Matcher(reference)
    _agreement("own words taken out, some word left", [i for i in everything if matcher.find(masked[i]).speaking], coded, said_masked)
    if matters:
        print(f"\n{'matter':34}{'lines':>8}{'L2':>8}{'L1':>8}   said instead")
        for matter, count in Counter(line.truth for line in coded).most_common():
            rows = [i for i in everything if coded[i].truth == matter]
            l2 = sum(said[i] == matter for i in rows) / count
            l1 = sum(said[i][:2] == matter[:2] for i in rows) / count
            others = Counter(said[i] for i in rows if said[i] != matter).most_common(4)
            print(f"{matter + ' ' + reference.matters[matter].name:34}{count:>8}{l2:>8.3f}{l1:>8.3f}   {others}")
    if wrong:
        for i in [i for i in everything if coded[i].truth == wrong and said[i] != wrong][:200]:
            print(coded[i].text, "→", said[i])


def _agreement(name: str, rows: list[int], lines: list[Line], said: list[str]) -> None:
    l2 = sum(said[i] == lines[i].truth for i in rows)
    l1 = sum(said[i][:2] == lines[i].truth[:2] and said[i] != UNCLASSIFIED for i in rows)
    none = sum(said[i] == UNCLASSIFIED for i in rows)
    print(f"{name:44}{len(rows):>8}{l2 / len(rows):>8.3f}{l1 / len(rows):>8.3f}{none / len(rows):>8.3f}{l2 / max(1, len(rows) - none):>15.3f}")


def gates(reference: Reference, lines: list[Line]) -> None:
    """Prints what the gates do to the hotline as it stands at the end, with its codes."""
    classifier = Classifier(reference)
    standing = {line.report.source_id: line for line in lines}
    decided = [(line, classifier.classify(line.report, line.text)) for line in standing.values()]
    sealed = [line for line, d in decided if d.sealed]
    print(f"\ngates on {len(standing)} last versions: sealed {len(sealed)} ({len(sealed) / len(standing):.3%})")
    for line in sealed[:100]:
        print("   sealed:", line.text)
    print("  ", "urgency", dict(Counter(str(d.urgency) for _, d in decided)), "intent", dict(Counter(str(d.intent) for _, d in decided)))
    by_gate = Counter(d.why["urgency"].rule for _, d in decided if d.why["urgency"].rule.startswith("gates/"))
    print("   raised by", dict(by_gate))


def letters(words_alone: Reference, reference: Reference, *, wrong: str) -> None:
    """Prints macro-F1 of the words alone on citizens' letters."""
    classifier, with_gates = Classifier(words_alone), Classifier(reference)
    with gzip.open(SHARED / "data" / "citizen_messages" / "labelled_train.csv.gz", "rt", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    report = Report(source=Source.HOTLINE12345, source_id="-", reported_at=datetime(2020, 1, 1, tzinfo=UTC))
    said, sealed = [], 0
    for row in rows:
        text = plain(f"{row['subject']} {row['details']}")
        decided = classifier.classify(report, text)
        sealed += with_gates.classify(report, text).sealed
        said.append(LABELS.get(decided.matter) or LABELS.get(decided.matter[:2], f"other {decided.matter}"))
    print(f"\nletters: {len(rows)}; the gates would seal {sealed} ({sealed / len(rows):.1%})")
    labels = sorted({row["label"] for row in rows})
    for name, part in (("even rows (open)", range(0, len(rows), 2)), ("odd rows (closed)", range(1, len(rows), 2))):
        scores = {label: _f1([(rows[i]["label"] == label, said[i] == label) for i in part]) for label in labels}
        right = sum(rows[i]["label"] == said[i] for i in part) / len(part)
        print(f"{name:20} macro-F1 {sum(scores.values()) / len(scores):.3f}  accuracy {right:.3f}  " + "  ".join(f"{k} {v:.3f}" for k, v in scores.items()))
    if wrong:
        for label in labels:
            print(label, Counter(said[i] for i in range(0, len(rows), 2) if rows[i]["label"] == label).most_common(12))


def _f1(pairs: list[tuple[bool, bool]]) -> float:
    hit = sum(truth and said for truth, said in pairs)
    return 2 * hit / max(1, sum(truth for truth, _ in pairs) + sum(said for _, said in pairs))


def speed(reference: Reference, lines: list[Line]) -> None:
    """Prints µs per report, of the parts and of the whole."""
    matcher = Matcher(reference)
    some = lines[:: max(1, len(lines) // PER_REPORT)]
    bare = [line.report.model_copy(update={"code": ""}) for line in some]
    long = [plain(line.text + " " + other.text + " " + third.text) for line, other, third in zip(some, some[1:], some[2:], strict=False)]
    print(f"\nµs per report, {len(some)} reports, {len(matcher.words)} words (best of 3)")
    cold = Classifier(reference)
    for name, work in (
        ("plain", lambda: [plain(line.report.text) for line in some]),
        ("find, as they are", lambda: matcher.find_many(line.text for line in some)),
        ("find, about 55 characters", lambda: matcher.find_many(long)),
        ("classify with code, decisions kept", lambda: [cold.classify(line.report, line.text) for line in some]),
        ("classify without code, decisions kept", lambda: [cold.classify(report, line.text) for report, line in zip(bare, some, strict=True)]),
        ("classify with code, nothing kept at first", lambda: _with(Classifier(reference), some)),
    ):
        print(f"   {name:44}{min(_seconds(work) for _ in range(3)) / len(some) * 1e6:>8.2f}")


def _with(classifier: Classifier, lines: list[Line]) -> list[Any]:
    return [classifier.classify(line.report, line.text) for line in lines]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matters", action="store_true", help="agreement per matter")
    parser.add_argument("--wrong", default="", help="lines of this matter on which the words disagree; and where letters went")
    arguments = parser.parse_args()
    reference = base_reference()
    lines = hotline(reference)
    print(f"base pack: {len(reference.lexicon)} words, {len(reference.gates)} gates, {len(reference.source_codes)} source codes")
    words_alone = replace(reference, gates=())
    agreement(words_alone, lines, matters=arguments.matters, wrong=arguments.wrong)
    gates(reference, lines)
    letters(words_alone, reference, wrong=arguments.wrong)
    speed(reference, lines)


if __name__ == "__main__":
    main()
