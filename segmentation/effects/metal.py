"""Metal: an implant, the bone without it, or the zone around it where HU can't be trusted."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from segmentation.effects.effect import Gesture, Outcome, SegmentView
from segmentation.effects.setting import ANY_HU, Help, Range, Title, Unit, settle
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.hu_range import in_range
from segmentation.mask import BitMask, Box
from segmentation.morphology import grown
from segmentation.progress import Progress, share

MOST_HU = 32767


@dataclass(frozen=True, slots=True)
class Metal:
    """Replace the segment by bone without metal, by the metal, or by the doubtful zone around it.

    Metal is what is at least `metal_hu` and what is as dense as bone within `bloom_mm` of that;
    bone is the rest that is as dense. The doubtful zone is what lies within `zone_mm` of metal and
    is not metal: streaks may make bone of soft tissue there, and hide bone. Bone in the zone is
    part of the bone. Without metal, bone is a plain range. Padding is never selected.
    """

    name: ClassVar[str] = "metal"
    title: ClassVar[str] = "Bone and metal"
    gesture: ClassVar[Gesture] = Gesture.NONE

    part: Annotated[
        Literal["bone", "implant", "doubtful"],
        Title("Part"),
        Help("Which part becomes the segment: bone without metal, metal, or the zone in doubt."),
    ] = "bone"
    bone_hu: Annotated[
        int,
        Title("Bone from"),
        ANY_HU,
        Unit("HU"),
        Help("The lowest value of bone."),
    ] = 226
    metal_hu: Annotated[
        int,
        Title("Metal from"),
        Range(-32768, 32767, 1, usual=(1500, 3071)),
        Unit("HU"),
        Help("The lowest value of metal; many scanners write 3071 for all that is denser."),
    ] = 2500
    bloom_mm: Annotated[
        float,
        Title("Blurred edge"),
        Range(0.0, 5.0, 0.5),
        Unit("mm"),
        Help("How far around metal its blurred edge looks like bone."),
    ] = 1.5
    zone_mm: Annotated[
        float,
        Title("Zone in doubt"),
        Range(0.5, 30.0, 0.5),
        Unit("mm"),
        Help("How far around metal streaks make values doubtful."),
    ] = 10.0

    def __post_init__(self) -> None:
        """Refuse values outside their ranges and metal that is less dense than bone."""
        settle(self)
        if self.metal_hu <= self.bone_hu:
            raise Refusal("metal-below-bone", metal_hu=self.metal_hu, bone_hu=self.bone_hu)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the part; metal and zone are empty where nothing is as dense as metal."""
        return self.told(view).mask

    def told(self, view: SegmentView) -> Outcome:
        """Return the part, and how much of bone lies where streaks make values doubtful."""
        dense = self._range(view, self.bone_hu, share(view.progress, 0.0, 0.2))
        core = self._range(view, self.metal_hu, share(view.progress, 0.2, 0.4))
        spacing_kji_mm = view.volume.grid.spacing_kji_mm
        edge = grown(core, spacing_kji_mm, self.bloom_mm, share(view.progress, 0.4, 0.6))
        if self.part == "implant":
            return Outcome(dense & edge)
        zone = grown(core, spacing_kji_mm, self.zone_mm, share(view.progress, 0.6, 1.0))
        zone = zone - (dense & edge)
        if self.part == "bone":
            bone = dense - edge
            return Outcome(bone, findings=self._findings(view, bone & zone))
        return Outcome(zone if view.volume.padding is None else zone - view.volume.padding)

    def _findings(self, view: SegmentView, doubtful: BitMask) -> tuple[Finding, ...]:
        ml = doubtful.voxels * view.volume.grid.voxel_ml
        if not ml:
            return ()
        values = {"zone_mm": self.zone_mm, "ml": ml}
        return (Finding("metal-zone-doubtful", Severity.WARN, values, mm=self.zone_mm),)

    @staticmethod
    def _range(view: SegmentView, lower_hu: int, progress: Progress) -> BitMask:
        shape_kji = view.volume.grid.shape_kji
        words = in_range(view.volume, lower_hu, MOST_HU, progress)
        return BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
