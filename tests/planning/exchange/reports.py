"""Reports that many tests only look at, and their texts without blanks."""

from functools import cache

from app.words import CatalogueWords
from planning.case.case import Kind
from planning.exchange.exporter import Handover
from planning.exchange.report_pdf import report
from planning.exchange.seal import draft_plan
from planning.measures.surfaces import Surfaces
from tests.planning.exchange.making import HEAD, TODAY, sealed_case, whole_case

LANGUAGES = ("en", "fr", "ar")


@cache
def handed_over(language, kind=Kind.CLINICAL, *, is_sealed=True):
    case = sealed_case(kind) if is_sealed else whole_case(kind)
    plan = case.seals[-1].plan.encode() if is_sealed else draft_plan(case, Surfaces(), TODAY, HEAD)
    return Handover(case, plan, is_draft=not is_sealed, words=CatalogueWords(language))


@cache
def made(language, kind=Kind.CLINICAL, *, is_sealed=True):
    return report(handed_over(language, kind, is_sealed=is_sealed))


def bare(text):
    return "".join(text.split())
