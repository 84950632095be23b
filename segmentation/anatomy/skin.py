"""The body as its skin bounds it, without the table."""

from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding, Severity
from segmentation.progress import Progress, silent

NAME = "Skin"
ML_MIN = 100.0  # less is a scan of a part, or of no patient


def find(survey: Survey, progress: Progress = silent) -> Found | None:
    """Return all that lies within the skin, hollows included; None where there is no body."""
    if survey.body_ml < ML_MIN:
        return None
    mask = survey.body_mask(progress)
    body = survey.body
    told = [Finding("anatomy-skin-air", values={"litres": round(survey.body_ml / 1000.0, 1)})]
    confidence = Confidence.HIGH
    if any(body[:, end].any() or body[:, :, end].any() for end in (0, -1)):
        told.append(Finding("anatomy-cut-off", Severity.WARN, {"segment": NAME}))
        confidence = Confidence.MEDIUM
    return Found(NAME, mask, confidence, tuple(told))
