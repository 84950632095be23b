"""The receiver's order: what is there, whose it is, whether it is whole; then what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from planning.exchange.verify import bag, papers
from planning.exchange.verify.ar import ar
from planning.exchange.verify.ct import matching_volume, series_at
from planning.exchange.verify.dicom import dicom
from planning.exchange.verify.judged import findings
from planning.exchange.verify.nav import nav
from planning.exchange.verify.numbers import Material, numbers, same_surfaces
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.parcel import Parcel, listed, require_package
from planning.exchange.verify.prints import prints
from planning.exchange.verify.rebuilt import PackageSurfaces, Rebuilt, rebuilt, surfaces
from planning.exchange.verify.register import newest, read_register, recorded, unconfirmed
from planning.exchange.verify.report import report
from planning.exchange.verify.robot import robot
from planning.exchange.verify.verdict import Checks, Fault, Held, Verdict
from planning.exchange.verify.versions import Known, versions
from planning.measures.surfaces import Surfaces
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the receiver knows and accepts.

    Attributes
    ----------
    ct
        The CT that the plan was made on, to compute also what rests on its HU.
    signer
        The fingerprint that is expected, which came another way; None trusts whoever signed.
    allow_draft, allow_simulation
        Whether such a package may pass.
    register
        The receiver's own file of the newest versions; None can't confirm any.
    """

    ct: Path | None = None
    signer: str | None = None
    allow_draft: bool = False
    allow_simulation: bool = False
    register: Path | None = None


def verify(
    folder: Path,
    *,
    ct: Path | None = None,
    signer: str | None = None,
    allow_draft: bool = False,
    allow_simulation: bool = False,
    progress: Progress = silent,
) -> Verdict:
    """Return what a careful receiver without a register says; `receive` tells the rest."""
    return receive(folder, Wanted(ct, signer, allow_draft, allow_simulation), progress)


def receive(folder: Path, wanted: Wanted, progress: Progress = silent) -> Verdict:
    """Return what a careful receiver says about the package in `folder`.

    Of a sealed package that passes, the register keeps what it says of its plan's versions.

    Raises
    ------
    Refusal
        `package-missing`, `not-a-package`, `register-damaged`; what `scan` says about a path
        without a CT.
    Unavailable
        When the system does not let something be read, or the register be written.
    Cancelled
        When `progress` says so.
    """
    require_package(folder)
    if wanted.register is not None:
        read_register(wanted.register)
    reading = _Reading(wanted, progress)
    reading.read(folder)
    reading.record()
    return reading.verdict()


@dataclass(slots=True)
class _Reading:
    """One reading of one package; each step runs when what it needs held."""

    wanted: Wanted
    progress: Progress
    checks: Checks = field(default_factory=Checks)
    state: str = ""
    kind: str = ""
    signed_by: bag.Signer | None = None
    believed: int = 0
    known: Known | None = None

    def verdict(self) -> Verdict:
        """Return all that was found out."""
        fingerprint = None if self.signed_by is None else self.signed_by.fingerprint
        is_trusted = None if self.wanted.signer is None else fingerprint == self.expected
        done = tuple(self.checks.done)
        return Verdict(
            self.checks.all_hold,
            self.state,
            self.kind,
            fingerprint,
            is_trusted,
            done,
            self.believed,
        )

    @property
    def expected(self) -> str:
        """The expected fingerprint as files write it: lower case, without colons and blanks."""
        return "".join(c for c in (self.wanted.signer or "").lower() if c not in ": ")

    def read(self, folder: Path) -> None:
        """Run the checks of hashes and signature; the rest only if all of them hold."""
        run = self.checks.run
        parcel = run("structure", lambda: bag.structure(listed(folder)))
        if parcel is None:
            return
        tags = run("tag_manifest", lambda: bag.tag_manifest(parcel))
        if tags is None:
            return
        self.signed_by = run("signature", lambda: bag.signature(parcel, tags))
        if self.checks.all_hold:
            run("signer", self._signer)
            self._read_payload(parcel)

    def _read_payload(self, parcel: Parcel) -> None:
        run = self.checks.run
        words = run("bag_info", lambda: bag.info(parcel))
        if words is not None:
            self.state, self.kind = words["Tasrif-State"], words["Tasrif-Kind"]
            run("signing", lambda: papers.signing(self.state, self.signed_by))
        payload = run("payload", lambda: bag.payload(parcel, share(self.progress, 0.0, 0.3)))
        # What another than the expected one signed is not read further.
        is_known = not any(one.name == "signer" and not one.ok for one in self.checks.done)
        if payload is not None and words is not None and is_known:
            self._read_papers(payload)

    def _signer(self) -> Held[None]:
        found = "" if self.signed_by is None else self.signed_by.fingerprint
        if self.wanted.signer is None:
            return Held(None, "verify-signer-not-asked")
        if not found or found != self.expected:
            raise Fault(
                "verify-signer-differs", found=found or "-", expected=self.expected[:128] or "-"
            )
        return Held(None, "verify-signer-ok")

    def _read_papers(self, payload: bag.Payload) -> None:
        run, wanted = self.checks.run, self.wanted
        body = payload.bodies[bag.PLAN]
        plan = run("plan", lambda: papers.plan_of(body))
        passport = run("passport", lambda: papers.passport_of(payload.bodies[bag.PASSPORT]))
        for word, said, allowed in (
            ("state", self.state, wanted.allow_draft),
            ("kind", self.kind, wanted.allow_simulation),
        ):
            run(word, partial(papers.agreement, word, said, plan, passport, allowed=allowed))
        if plan is None or passport is None:
            return
        run("seal", lambda: papers.seal(body, plan, passport, self.signed_by))
        run("files", lambda: papers.files(payload, plan, passport))
        run("findings", lambda: papers.findings(plan))
        self.known = run("versions", lambda: versions(payload, plan, self.signed_by))
        if self.known is not None:
            self._newest(self.known)
        self._compute(plan, payload)

    def _newest(self, known: Known) -> None:
        path = self.wanted.register
        # Outside of the check: a damaged register is not the package's fault.
        register = None if path is None else read_register(path)
        is_named = self.wanted.signer is not None
        self.checks.run(
            "newest",
            lambda: (
                unconfirmed(known)
                if register is None
                else newest(known, register, is_signer_known=is_named)
            ),
        )

    def record(self) -> None:
        """Let the register learn from a package that passes; what it knows by now is held again."""
        known, path = self.known, self.wanted.register
        if known is None or path is None or not self.checks.all_hold:
            return
        read_register(path)
        self.checks.done = [one for one in self.checks.done if one.name != "newest"]
        is_named = self.wanted.signer is not None
        self.checks.run("newest", lambda: recorded(known, path, is_signer_known=is_named))

    def _compute(self, plan: Paper, payload: bag.Payload) -> None:
        run = self.checks.run
        built = run("masks", lambda: rebuilt(plan, payload))
        if built is None:
            return
        meshes = run("surfaces", lambda: surfaces(built, plan, payload))
        if meshes is None:
            return
        if self.checks.all_hold:
            run("prints", lambda: prints(payload, plan, built, meshes))
        there = PackageSurfaces(meshes)
        self._destinations(plan, payload, built, there)
        material = Material(built.case, there, has_ct=False)
        volume = None if self.wanted.ct is None else self._ct(self.wanted.ct, plan)
        if volume is not None:
            made = Material(replace(built.case, volume=volume), Surfaces(), has_ct=True)
            material = made
            run("ct_surfaces", lambda: same_surfaces(meshes, made, self.progress))
        part = share(self.progress, 0.6, 1.0)
        self.believed = run("numbers", lambda: numbers(plan, material, part)) or 0
        if self.checks.all_hold:
            run("findings_follow", lambda: findings(plan, material, part))

    def _destinations(
        self, plan: Paper, payload: bag.Payload, built: Rebuilt, there: PackageSurfaces
    ) -> None:
        """Hold what each destination was given, until one differs."""
        by = self.signed_by
        checks: tuple[tuple[str, str, Callable[[], Held[None]]], ...] = (
            ("nav", papers.NAV, lambda: nav(payload, plan, built)),
            ("dicom", papers.DICOM, lambda: dicom(payload, plan, built, by)),
            ("robot", papers.ROBOT, lambda: robot(payload, plan, built, there)),
            ("ar", papers.AR, lambda: ar(payload, plan, built, there, by)),
            ("report", papers.REPORT, lambda: report(payload, plan, by)),
        )
        for name, folder, check in checks:
            is_there = any(path.startswith(folder) for path in payload.sha256)
            if is_there and self.checks.all_hold:
                self.checks.run(name, check)

    def _ct(self, path: Path, plan: Paper) -> Volume | None:
        # Outside of the check: a path without a CT is the caller's mistake, not the package's.
        series = series_at(path, plan, share(self.progress, 0.3, 0.4))
        part = share(self.progress, 0.4, 0.6)
        return self.checks.run("ct", lambda: matching_volume(series, plan, part))
