"""Whose plan a report is, only where that was asked for: on its first page and about itself.

A plan names nobody, so the report's own metadata say who it is, in full: by them a receiver sets
the report once more and sees that its page says the same.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from planning.case.case import Identity
from planning.exchange.report_plan import ToldPlan

SUBJECT_LENGTH_MAX: Final = 4096
TOLD: Final = ("name", "patient_id", "birth_date", "sex")
FORM: Final = re.compile(rf'\{{("({"|".join(TOLD)})":"([^"\\]|\\.)*",?){{1,{len(TOLD)}}}\}}')


def subject_of(person: Identity | None) -> str:
    """Return a person as one line of JSON; "" for nobody, also where no field says who it is."""
    if person is None:
        return ""
    told = {name: value for name, value in asdict(person).items() if name in TOLD and value}
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""


def person_of(subject: str, code: str) -> Identity | None:
    """Return the person that a subject tells.

    Raises
    ------
    ValueError
        When it is none of `subject_of`.
    """
    if not subject:
        return None
    if len(subject) > SUBJECT_LENGTH_MAX or not FORM.fullmatch(subject):
        raise ValueError
    told = json.loads(subject)
    person = Identity(code, **told)
    if subject_of(person) != subject:
        raise ValueError
    return person


def person_facts(told: ToldPlan) -> Iterator[tuple[str, str]]:
    """Yield what is printed of the person, each with its label; nothing of nobody."""
    person, say = told.person, told.text
    if person is None:
        return
    name = ", ".join(part for part in person.name.split("^") if part)
    for label, value in (
        (say("Name"), name),
        (say("Patient number"), person.patient_id),
        (say("Born on"), person.birth_date),
        (say("Sex"), person.sex),
    ):
        if value:
            yield label, told.plain(value)
