"""For people: the plan as a PDF to read, to print and to file."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs
from planning.exchange.report_pdf import report
from planning.exchange.report_reader import missing_page, read_words

FILE: Final = "report.pdf"
IN_REPORT: Final = "report.pdf, items and numbers"


class Report(Exporter):
    """`report.pdf`: pictures, numbers with definition and source, findings, seal, fingerprint, QR.

    In the language of the hand-over; its places are told in LPS mm, rounded as people read them.
    """

    name: ClassVar[str] = "report"
    title: ClassVar[str] = "Report"
    purpose: ClassVar[str] = "The plan for people, as PDF: pictures, numbers, findings, seal"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": IN_REPORT,
        "distance": IN_REPORT,
        "angle": IN_REPORT,
        "trajectory": IN_REPORT,
        "cut_plane": IN_REPORT,
        "no_go_zone": IN_REPORT,
    }
    left_out: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PLAN, Need.PICTURES})

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write the report and read every page's words back.

        Raises
        ------
        Refusal
            `export-read-back-differs` when a page doesn't hold every word in its order.
        """
        made = report(handover)
        path = folder / "-".join((*handover.marks, FILE))
        path.write_bytes(made.body)
        page = missing_page(made.pages, read_words(path.read_bytes()))
        if page:
            raise differs(path.name, f"page {page}")
        by, reader = named("PDF writer", "fpdf2"), named("text reader", "pypdf")
        handover.progress(1, 1)
        return (Written(path.name, "LPS", "mm", by, reader, 0.0, ALLOWED_MM),)
