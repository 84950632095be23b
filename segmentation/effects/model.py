"""Model: structures found by a model that the hospital placed, in a process of its own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from segmentation.effects.effect import Gesture, Outcome, Part, SegmentView
from segmentation.effects.setting import NO_MODEL, Help, ModelName, Title, settle
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask

if TYPE_CHECKING:
    from segmentation.models.predict import Prediction

PROPOSAL: Final = "model-proposal"


@dataclass(frozen=True, slots=True)
class Model:
    """Make a segment of each structure that a model finds; what it doesn't find makes none.

    A segment that bears a structure's name becomes that structure; where the model finds one
    thing only, the tool's own segment does. Otherwise the own segment stays as it is. What is
    found is a proposal: it says which model made it, and nobody has accepted it.
    """

    name: ClassVar[str] = "model"
    title: ClassVar[str] = "Model"
    gesture: ClassVar[Gesture] = Gesture.NONE

    model: Annotated[
        ModelName,
        Title("Model"),
        Help("A model in the folder where the hospital places models."),
    ] = NO_MODEL
    device: Annotated[
        Literal["processor", "fastest"],
        Title("Computed by"),
        Help("The processor, or a graphics card where there is one."),
    ] = "processor"

    def __post_init__(self) -> None:
        """Refuse an unknown device."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the own segment, as `divided` leaves it."""
        return self.divided(view).mask

    def divided(self, view: SegmentView) -> Outcome:
        """Return the structures as segments of their names; refuses what the model can't do."""
        if not self.model:
            raise Refusal("model-not-chosen")
        made, is_one = self._made(view)
        own, parts = view.mask, []
        for found in made.found:
            if found.mask.is_empty:
                continue
            if is_one or found.label.name == view.name:
                own = found.mask
            else:
                parts.append(Part(found.label.name, found.mask, code=found.label.code))
        values = {"model": made.made_by["title"], "version": made.made_by["version"]}
        told = Finding(PROPOSAL, Severity.INFO, values)
        if own is view.mask and not parts:
            told = Finding("model-found-nothing", Severity.WARN, values)
        view.progress(1, 1)
        return Outcome(own, None, tuple(parts), (told, *made.findings), made_by=made.made_by)

    def _made(self, view: SegmentView) -> "tuple[Prediction, bool]":
        """Return what the model finds, kept for the next run, and whether it finds one thing."""
        from segmentation.models import shelf, total  # noqa: PLC0415 - for this tool only
        from segmentation.models.predict import Prediction, predict  # noqa: PLC0415 - heavy

        if self.model == total.NAME:
            there = total.installed()
            if there is None:
                raise Refusal("model-total-missing")
            key: tuple[object, ...] = (self.name, view.volume, there)
            made = view.kept.take(key, Prediction)
            made = made or total.found_by_total(view.volume, there, view.progress)
            view.kept.put(key, made)
            return made, False
        place, manifest = shelf.model_named(self.model)
        key = (self.name, view.volume, manifest.sha256, manifest.sha256_of_manifest, self.device)
        made = view.kept.take(key, Prediction)
        made = made or predict(view.volume, place, manifest, view.progress, self.device)
        view.kept.put(key, made)
        return made, len(manifest.labels) == 1
