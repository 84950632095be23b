"""The open tool: its settings, its live preview beside the window, and the edit it ends with."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.desk import Desk
from app.language import translate as _
from app.message import Message, of_error
from app.stage import Stage
from app.tasks import Task
from app.tool_needs import (
    POINTS,
    SEGMENTS,
    first_choices,
    is_long,
    is_needed,
    lacking,
    lone_choices,
    turned,
)
from app.trial import Trial, previews, trial_work
from planning.case.case import Case, Segment
from planning.case.edits import AddSegment
from segmentation.errors import Refusal
from segmentation.kept import Kept

if TYPE_CHECKING:
    from segmentation.effects.effect import EffectClass, Outcome
    from segmentation.effects.setting import Parameter

PREVIEW: Final = "preview"
APPLY: Final = "apply"
PAUSE_MS: Final = 40
# Tools that each gesture ends: what the left button does for them.
HANDS: Final = {"paint": "paint", "erase": "erase", "scissors": "lasso", "live-wire": "wire"}
CUTTING: Final = "scissors"


class Tooling(QObject):
    """Which tool is open on which segment; `changed` when that, a setting or the preview did."""

    changed = Signal()

    def __init__(self, desk: Desk, stage: Stage, new_segment: Callable[[Case], Segment]) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
        self._new_segment = new_segment
        self.name = ""
        self.settings: dict[str, Any] = {}
        self.trial: Trial | None = None
        self.problem: Message | None = None
        self.is_applying = False
        self.outline = HANDS[CUTTING]
        self._wanted = ""
        self._kept: dict[str, dict[str, Any]] = {}
        self._room = Kept()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._start_preview)

    @property
    def is_stroke(self) -> bool:
        """Whether the tool works by strokes or outlines, each an edit of its own."""
        return self.name in HANDS

    @property
    def effect_class(self) -> "EffectClass":
        """The class of the open tool."""
        from segmentation.effects import effect_named

        return effect_named(self.name)

    @property
    def parameters(self) -> "tuple[Parameter, ...]":
        """What can be set."""
        from segmentation.effects.setting import parameters

        return parameters(self.effect_class)

    @property
    def point_lists(self) -> "tuple[Parameter, ...]":
        """The lists of points that clicks in a view fill, as the tool is set now."""
        if not self.name or self.is_stroke:
            return ()
        return tuple(
            p
            for p in self.parameters
            if p.kind.value == POINTS and is_needed(self.name, p.name, self.settings)
        )

    @property
    def points(self) -> tuple[tuple[float, float, float], ...]:
        """All points that were clicked for the tool."""
        return tuple(p for known in self.point_lists for p in self.settings[known.name])

    @property
    def target(self) -> str:
        """The list of points that takes the next click, empty for none."""
        names = [parameter.name for parameter in self.point_lists]
        return self._wanted if self._wanted in names else next(iter(names), "")

    @property
    def lacks(self) -> "Parameter | None":
        """The setting that the tool still waits for."""
        return lacking(self.name, self.parameters, self.settings) if self.name else None

    def aim(self, name: str) -> None:
        """Let the next clicks fill this list of points."""
        self._wanted = name
        self.changed.emit()

    def open(self, name: str) -> None:
        """Open a tool on the chosen segment; without one, a new segment is made."""
        self.close()
        case = self.desk.case
        if case is None or not self.desk.can_edit:
            return
        if self.desk.segment is None and not self.desk.do(AddSegment(self._new_segment(case))):
            return
        self.name, self._wanted = name, ""
        defaults = {parameter.name: parameter.default for parameter in self.parameters}
        others = tuple(one.name for one in case.segments if one.id != self.desk.selected)
        lone = lone_choices(name, self.parameters, others)
        segment = self.desk.segment
        first = first_choices(name, is_empty=segment is None or segment.mask.is_empty)
        self.settings = defaults | self._kept.get(name, {}) | lone | first
        self._give_hand()
        self.changed.emit()
        self._pause.start(0)

    def _give_hand(self) -> None:
        hand = HANDS.get(self.name, "seed" if self.target else "crosshair")
        self._stage.set_hand(self.outline if self.name == CUTTING else hand)
        if self.is_stroke and "radius_mm" in self.settings:
            self._stage.set_radius(float(self.settings["radius_mm"]))

    def hold(self, outline: str) -> None:
        """Draw outlines as a `lasso`, `rectangle` or `circle`."""
        self.outline = outline
        self._give_hand()
        self.changed.emit()

    def close(self) -> None:
        """Put the tool away with its preview; the segment stays as it is."""
        self._pause.stop()
        self.desk.tasks.cancel_key(PREVIEW)
        self.desk.tasks.cancel_key(APPLY)
        had_tool = bool(self.name)
        self.name, self.settings = "", {}
        self._show(None, None)
        self.is_applying = False
        if had_tool:
            self._stage.set_hand("crosshair")
            self.changed.emit()

    def set(self, **settings: object) -> None:
        """Change settings of the open tool; the preview follows."""
        if not self.name:
            return
        self.settings |= settings
        # Points, segments and models belong to one use: a model works as soon as it is chosen.
        passing = {p.name for p in self.parameters if p.kind.value in {POINTS, *SEGMENTS, "model"}}
        self._kept[self.name] = {k: v for k, v in self.settings.items() if k not in passing}
        self._give_hand()
        if self._stage.views is not None:
            self._stage.views.show_seeds(self.points)
        self.changed.emit()
        self._pause.start(PAUSE_MS)

    def place_seeds(self, points_lps_mm: tuple[tuple[float, float, float], ...]) -> None:
        """Take a click in a view, or a scribble; of a full list the oldest points go."""
        for parameter in self.point_lists:
            if parameter.name == self.target:
                points = (*self.settings.get(parameter.name, ()), *points_lps_mm)
                points = points[-(parameter.count.most or len(points)) :]
                self._wanted = turned(
                    self._wanted, self.point_lists, parameter, len(points), self.settings
                )
                self.set(**{parameter.name: points})
                return

    def note_radius(self, radius_mm: float) -> None:
        """Take the brush's radius from the views."""
        if self.is_stroke and self.settings.get("radius_mm") != radius_mm:
            self.settings["radius_mm"] = radius_mm
            self._kept[self.name] = self._kept.get(self.name, {}) | {"radius_mm": radius_mm}
            self.changed.emit()

    def renew(self) -> None:
        """Preview again, because the segment or the case changed."""
        if self.desk.case is None:
            self._room.clear()
        if not self.name:
            return
        if self.desk.segment is None:
            self.close()
        else:
            self.changed.emit()
            self._pause.start(PAUSE_MS)

    def _start_preview(self) -> None:
        segment = self.desk.segment
        case = self.desk.case
        if not self.name or self.is_stroke or segment is None or case is None:
            return
        if self.lacks is not None:
            self._show(None, None)
            return
        self._run(PREVIEW, case, segment, self.settings, lambda t: self._show(t, None))

    def _show(self, trial: Trial | None, problem: Message | None) -> None:
        self.trial, self.problem = trial, problem
        views, segment, case = self._stage.views, self.desk.segment, self.desk.case
        if views is not None:
            if trial is None or segment is None or case is None:
                views.show_preview(())
            else:
                views.show_preview(previews(case, segment, trial))
            views.show_seeds(self.points)
        self.changed.emit()

    def apply(self) -> None:
        """Make the preview the segment's mask, as one edit."""
        segment, case = self.desk.segment, self.desk.case
        if segment is None or case is None or not self.name:
            return
        self._pause.stop()
        self.desk.tasks.cancel_key(PREVIEW)
        self.is_applying = True
        self.changed.emit()

        def took(trial: Trial) -> None:
            self.is_applying = False
            if self._do(trial.made, self.effect_class.title, self.settings):
                self.close()

        self._run(APPLY, case, segment, self.settings, took)

    def draw(self, **drawn: object) -> None:
        """Do what was drawn with the open tool, as one edit at once."""
        from app.segmenting import applied

        segment, case = self.desk.segment, self.desk.case
        if segment is None or case is None or not self.is_stroke:
            return
        settings = self.settings | drawn
        try:
            effect = self.effect_class(**settings)
            made = applied(case, segment, effect, area=self.desk.area)
        except Refusal as refusal:
            self.desk.bridge.say(of_error(refusal))
            return
        if made.mask is not segment.mask:
            self._do(made, type(effect).title, settings)

    def _do(self, made: "Outcome", title: str, settings: dict[str, Any]) -> bool:
        from app.segmenting import edits_for

        segment, case = self.desk.segment, self.desk.case
        if segment is None or case is None:
            return False
        effect = self.effect_class(**settings)
        return self.desk.do_all(edits_for(case, segment, effect, made, self.desk.area), title)

    def _run(
        self, key: str, case: Case, segment: Segment, settings: dict[str, Any],
        then: Callable[[Trial], None],
    ) -> None:  # fmt: skip
        try:
            effect = self.effect_class(**settings)
        except Refusal as refusal:
            self._show(None, of_error(refusal))
            self.is_applying = False
            return

        def is_wanted() -> bool:
            return self.desk.segment is segment and bool(self.name)

        def fail(error: Exception) -> None:
            self.is_applying = False
            self._show(None, of_error(error))

        words = _("Applying the tool") if key == APPLY else _(effect.title)
        work = trial_work(effect, case, segment, self.desk.area, self._room)
        task = Task(words, work, key=key, is_quiet=key == PREVIEW and not is_long(self.name))
        self.desk.tasks.run(task, then, fail, is_wanted)
