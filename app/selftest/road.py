"""Known answers on the road: what was written comes back, and what was changed is refused."""

from app.selftest.known import Known, exactly
from app.selftest.material import Material
from planning.case.file import create, open_case
from planning.exchange.verify import verify


def _changed_by_file(material: Material) -> float:
    """Return how many things of the case are not the same after writing and opening."""
    case, path = material.case, material.folder / "case.tasrif"
    create(path, case, force=True).close()
    with open_case(path, read_only=True) as file:
        again = file.case
    same = [
        again.volume.sha256() == case.volume.sha256(),
        again.plan == case.plan,
        again.identity == case.identity,
        [one.name for one in again.segments] == [one.name for one in case.segments],
        *(
            (there.mask.to_words() == here.mask.to_words()).all()
            for there, here in zip(again.segments, case.segments, strict=False)
        ),
    ]
    return float(same.count(False))


def _failed_checks(material: Material) -> float:
    verdict = verify(material.package, signer=material.key.fingerprint, allow_simulation=True)
    return float(sum(not check.ok for check in verdict.checks))


def _accepted(material: Material) -> float:
    """Return how many files of the package may have a bit flipped and still pass."""
    accepted = 0
    for path in sorted(one for one in material.package.rglob("*") if one.is_file()):
        whole = path.read_bytes()
        middle = len(whole) // 2
        flipped = bytes([whole[middle] ^ 1])
        path.write_bytes(whole[:middle] + flipped + whole[middle + 1 :])
        accepted += verify(material.package, allow_simulation=True).passed
        path.write_bytes(whole)
    return float(accepted)


REOPENED = Known(
    name="case_reopened",
    title="Differences after writing and opening a case",
    unit="",
    expected=exactly(0.0),
    found=_changed_by_file,
)
VERIFIED = Known(
    name="package_verified",
    title="Checks that fail on a sealed package",
    unit="",
    expected=exactly(0.0),
    found=_failed_checks,
)
FLIPPED = Known(
    name="flipped_bits_accepted",
    title="Packages accepted with a bit flipped",
    unit="",
    expected=exactly(0.0),
    found=_accepted,
)
