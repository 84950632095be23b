"""What a report may say in its three languages, for the receiver: states, sides, weights.

Written down here a second time on purpose: a catalogue that lost a word must not take it from the
receiver as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ReportWords:
    """One language's words of state, side and weight."""

    draft: str
    sealed: str
    simulation: str
    practice_notice: str
    draft_notice: str
    sealed_notice: str
    limit: str
    sides: Mapping[str, str]
    weights: Mapping[str, str]
    units: Mapping[str, str]
    rules: Mapping[str, str]

    def band(self, about: Mapping[str, object], code: str, side: str) -> str:
        """Return what stands on top of each page of such a plan."""
        is_draft, is_practice = about["state"] == "draft", about["kind"] == "simulation"
        state = self.draft if is_draft else self.sealed
        if is_practice:
            state += f" · {self.simulation}"
        notice = self.sealed_notice.format(n=about["version"])
        if is_practice or is_draft:
            notice = self.practice_notice if is_practice else self.draft_notice
        return f"{code} · {self.sides[side]} {state} {notice}"

    def across(self, about: Mapping[str, object]) -> str:
        """Return what stands across each page of such a plan."""
        draft = self.draft if about["state"] == "draft" else ""
        return draft + (self.simulation if about["kind"] == "simulation" else "")


LANGUAGES: Final[tuple[ReportWords, ...]] = (
    ReportWords(
        draft="DRAFT",
        sealed="SEALED",
        simulation="SIMULATION",
        practice_notice="Practice only: not for clinical use",
        draft_notice="Not sealed: not for operating",
        sealed_notice="Sealed plan, version {n}",
        limit="Limit",
        sides={"L": "LEFT side", "R": "RIGHT side", "both": "BOTH sides", "none": "No side"},
        weights={"block": "Blocks", "warn": "Warning", "info": "Note"},
        units={"voxel": "voxels", "day": "days"},
        rules={
            "forbid": "Forbid: no tool may enter.",
            "warn": "Warn: slow down and tell before entering.",
        },
    ),
    ReportWords(
        draft="BROUILLON",
        sealed="SCELLÉ",
        simulation="SIMULATION",
        practice_notice="Pour s’exercer : pas d’usage clinique",
        draft_notice="Non scellé : ne pas opérer d’après ce document",
        sealed_notice="Plan scellé, version {n}",
        limit="Limite",
        sides={
            "L": "Côté GAUCHE",
            "R": "Côté DROIT",
            "both": "LES DEUX côtés",
            "none": "Aucun côté",
        },
        weights={"block": "Bloque", "warn": "Avertissement", "info": "Remarque"},
        units={"voxel": "voxels", "day": "jours"},
        rules={
            "forbid": "Interdire : aucun instrument n’y entre.",
            "warn": "Alerter : ralentir et prévenir avant d’entrer.",
        },
    ),
    ReportWords(
        draft="مسودة",
        sealed="مختوم",
        simulation="محاكاة",
        practice_notice="للتدريب فقط: ليست للاستعمال السريري",
        draft_notice="غير مختومة: لا تجر العملية وفقها",
        sealed_notice="خطة مختومة، النسخة {n}",
        limit="الحد",
        sides={
            "L": "الجانب الأيسر",
            "R": "الجانب الأيمن",
            "both": "الجانبان",
            "none": "بلا جانب",
        },
        weights={"block": "مانع", "warn": "تحذير", "info": "ملاحظة"},
        units={"voxel": "فوكسل", "day": "يوم"},
        rules={
            "forbid": "منع: لا تدخلها أي أداة.",
            "warn": "تنبيه: أبطئ وأخبر قبل الدخول.",
        },
    ),
)
