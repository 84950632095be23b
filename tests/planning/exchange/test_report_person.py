"""Whose plan a report is: on its page only where that was asked for, and held by a receiver."""

import json
from dataclasses import replace

import pytest

from planning.case.case import Identity, Kind
from planning.exchange.report_pdf import report_bytes
from planning.exchange.report_person import person_of, subject_of
from planning.exchange.verify import verify
from planning.exchange.verify.report import report
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange.judges.papers import page_texts
from tests.planning.exchange.making import CANARIES, CANARY, bytes_of, exported, key, sealed_case
from tests.planning.exchange.reports import LANGUAGES, bare, handed_over, made
from tests.planning.exchange.verify.test_report_again import payload_of, repacked, unchanged

LABELS = {"en": "Patient number", "fr": "Numéro du patient", "ar": "رقم المريض"}


def asked(language="en", kind=Kind.SIMULATION, person=CANARY):
    """A draft's hand-over that names its patient."""
    handover = handed_over(language, kind, is_sealed=False)
    return replace(handover, has_identity=True, case=replace(handover.case, identity=person))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_asks_for_the_name_reads_it_on_the_first_page_only(language, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(report_bytes(asked(language)))
    pages = page_texts(path)
    for words in ("Canaryname,Zoé", "CANARYID77", "1931-07-29", bare(LABELS[language])):
        assert words in bare(pages[0])
        assert not any(words in bare(page) for page in pages[1:])
    assert b"CANARYISSUER" not in path.read_bytes()


def test_nobody_is_named_unasked_and_a_person_without_fields_changes_nothing():
    body = made("en", Kind.SIMULATION, is_sealed=False).body
    assert body == report_bytes(replace(asked(), has_identity=False))
    assert body == report_bytes(asked(person=Identity("CASE-7")))
    assert subject_of(None) == subject_of(Identity("CASE-7")) == ""
    assert body != report_bytes(asked())


def test_a_package_names_its_patient_in_the_report_alone_and_passes_its_receiver(tmp_path):
    names = ("package", "report")
    exported(sealed_case(), tmp_path / "out", names, key(), has_identity=True)
    told = verify(tmp_path / "out")
    assert told.passed
    files = bytes_of(tmp_path / "out")
    telling = {path for path, body in files.items() for one in CANARIES if one.encode() in body}
    assert telling == {"data/report/report.pdf"}


def test_a_page_that_names_another_person_than_its_file_is_found_out():
    body, plan = report_bytes(asked()), asked().plan

    def renamed(number, words, stream):
        return words, stream.replace(b"Canaryname", b"Canarynom2")

    def judged(again):
        return report(payload_of(again, plan), json.loads(plan), None)

    assert judged(repacked(body, unchanged)).code == "verify-report-ok"
    again = repacked(body, renamed)
    assert again != repacked(body, unchanged)
    with pytest.raises(Fault) as no:
        judged(again)
    assert no.value.code == "verify-report-other"


@pytest.mark.parametrize(
    "subject", ['{"name":1}', '{"code":"x"}', "[]", "null", '{"name": "x"}', "{", '{"name":""}',
                "[" * 4000, '{"name":"\\q"}', '{"name":"' + "x" * 5000 + '"}'],
)  # fmt: skip
def test_what_tells_no_person_is_none(subject):
    with pytest.raises(ValueError, match=r"^$|column"):
        person_of(subject, "C")


def test_a_person_comes_back_as_it_was_written():
    person = Identity("C-7", "4711", "", "O'Neil^Zoé <\"&>=\u062f", "1931-07-29", "F")
    assert person_of(subject_of(person), "C-7") == person
    assert person_of("", "C-7") is None
