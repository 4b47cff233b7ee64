"""What is seen across cases: issues and alerts. The spine makes none yet; the words stand here."""

from __future__ import annotations

from schemas.fields import Instant, MatterCode, Model
from schemas.report import Code
from schemas.vocabulary import Urgency


class Issue(Model):
    """问题: a cluster of cases that are the same underlying problem."""

    issue_id: str
    matter: MatterCode
    cases: tuple[str, ...]
    first_at: Instant
    last_at: Instant


class Alert(Model):
    """预警: something a person must look at, with the evidence."""

    alert_id: str
    kind: Code
    at: Instant
    case_id: str = ""
    urgency: Urgency = Urgency.U3
    evidence: str
