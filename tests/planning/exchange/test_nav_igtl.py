"""OpenIGTLink bytes: a second reader, the reference C++ library, and faults that both refuse."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from planning.exchange.exporter import Handover
from planning.exchange.igtl_reader import UnreadableMessageError, read_messages, remainder
from planning.exchange.nav_messages import messages_of, read_back_messages, written_messages
from planning.exchange.openigtlink import (
    MASK,
    TABLE,
    SentPath,
    SentPoint,
    crc64,
    fitted,
    message,
    point_body,
    trajectory_body,
    transform_body,
)
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from segmentation.errors import Refusal
from tests.planning.exchange.judges.navigation import read_by_openigtlink
from tests.planning.exchange.making import FAR, TURN, at, whole_case

CHECK = b"123456789"
CHECK_CRC = 0x6C40DF5F0B497347
"""CRC-64/ECMA-182 of "123456789", as the catalogue of parametrised CRC algorithms gives it."""
LEFT = (-11.25, 222.5, -3333.125)
HEADER_BYTES = 58


def stream():
    points = [SentPoint("tip", "Landmarks", LEFT), SentPoint("glénoïde", "", at(1, 2, 3))]
    paths = [SentPath("vis 3.5", "", at(0, 0, 8), at(3, -2, 1), 1.75)]
    return [
        message("POINT", "Landmarks", point_body(points)),
        message("TRAJ", "Paths", trajectory_body(paths)),
        message("TRANSFORM", "FromPlan", transform_body(pose())),
    ]


def pose():
    found = np.eye(4)
    found[:3, :3], found[:3, 3] = TURN, LEFT
    return found


def plan_of(*items):
    return Handover(replace(whole_case(), plan=Plan(items)), b"", is_draft=True)


def test_both_checksums_know_the_published_value():
    assert crc64(CHECK) == CHECK_CRC
    assert remainder(CHECK) == CHECK_CRC
    assert crc64(b"") == remainder(b"") == 0


def test_both_checksums_agree_on_any_bytes():
    rng = np.random.default_rng(7)
    for size in (1, 2, 7, 8, 9, 63, 500):
        body = rng.bytes(size)
        assert crc64(body) == remainder(body)


def test_what_the_second_reader_finds_is_what_was_sent():
    point, path, transform = read_messages(b"".join(stream()))
    assert [point.kind, path.kind, transform.kind] == ["POINT", "TRAJ", "TRANSFORM"]
    assert point.words("name") == ["tip", "glénoïde"]
    assert point.numbers("place_mm")[0].tolist() == list(LEFT)
    assert np.abs(point.numbers("place_mm")[1] - at(1, 2, 3)).max() < 2**-14
    assert path.numbers("entry_mm")[0] == pytest.approx(at(0, 0, 8), abs=2**-14)
    assert path.numbers("target_mm")[0] == pytest.approx(at(3, -2, 1), abs=2**-14)
    assert path.numbers("radius_mm").tolist() == [1.75]
    assert np.abs(transform.matrix - pose()).max() < 2**-13


def test_the_layout_is_that_of_the_protocol():
    """Offsets counted by hand from the protocol's tables."""
    point, path, _ = stream()
    assert (len(point), len(path)) == (HEADER_BYTES + 2 * 136, HEADER_BYTES + 150)
    assert point[:2] == b"\0\1"
    assert point[2:14] == b"POINT".ljust(12, b"\0")
    assert point[14:34] == b"Landmarks".ljust(20, b"\0")
    assert int.from_bytes(point[42:50], "big") == len(point) - HEADER_BYTES
    assert struct.unpack(">3f", point[58 + 100 : 58 + 112]) == LEFT
    assert path[58 + 96] == 3  # entry and target
    assert struct.unpack(">f", path[58 + 126 : 58 + 130]) == (1.75,)


def test_every_flipped_bit_of_a_body_or_its_checksum_is_refused():
    for one in stream():
        for bit in range(8 * 50, 8 * len(one), 5):
            wrong = bytearray(one)
            wrong[bit // 8] ^= 1 << bit % 8
            with pytest.raises(UnreadableMessageError, match="CRC"):
                read_messages(bytes(wrong))


def from_ones(body):
    """The checksum of those who start from ones, as many CRC-64 do."""
    value = MASK
    for byte in body:
        value = TABLE[value >> 56 ^ byte] ^ (value << 8 & MASK)
    return value


@pytest.mark.parametrize("wrong", [lambda _: 0, from_ones, lambda body: crc64(body) ^ MASK])
def test_another_checksum_is_refused(wrong):
    for one in stream():
        body = one[HEADER_BYTES:]
        changed = one[:50] + wrong(body).to_bytes(8, "big") + body
        with pytest.raises(UnreadableMessageError, match="CRC"):
            read_messages(changed)


def signed(kind, body, version=1):
    """A message whose checksum is right, whatever it holds."""
    return version.to_bytes(2, "big") + message(kind, "x", body)[2:]


@pytest.mark.parametrize(
    "wrong",
    [
        signed("STRING", b"\0" * 8),
        signed("TRANSFORM", transform_body(np.eye(4)), version=2),
        signed("TRANSFORM", np.eye(4)[:3].astype(">f4").tobytes()[:-4]),
        signed("TRANSFORM", transform_body(np.diag([-1.0, 1, 1, 1]))),
        signed("TRANSFORM", transform_body(np.eye(4) * 1.001)),
        signed("TRANSFORM", pose()[:3].astype(">f4").tobytes()),  # row by row
        signed("TRANSFORM", transform_body(np.full((4, 4), np.nan))),
        signed("POINT", b""),
        signed("POINT", point_body([SentPoint("a", "b", (np.inf, 0.0, 0.0))])),
        signed("POINT", b"\xff" * 64 + point_body([SentPoint("a", "b", LEFT)])[64:]),
        signed("POINT", b"a\0b".ljust(64, b"\0") + point_body([SentPoint("a", "b", LEFT)])[64:]),
        signed("POINT", point_body([SentPoint("a", "b", LEFT)]))[:-1],
        b"\0",
    ],
)
def test_what_the_protocol_does_not_say_is_refused(wrong):
    with pytest.raises(UnreadableMessageError):
        read_messages(wrong)


def test_a_stream_with_less_or_more_is_refused():
    body = b"".join(stream())
    assert len(read_messages(body)) == 3
    assert read_messages(b"") == ()
    for wrong in (body[:-1], body + b"\0", body[1:]):
        with pytest.raises(UnreadableMessageError):
            read_messages(wrong)


def test_names_are_cut_between_signs_and_stay_apart():
    names = ["é" * 80, "é" * 79 + "a", "ع" * 31 + "é", "short", "𝄞" * 20]
    found = fitted(names)
    assert len(set(found)) == len(names)
    assert all(len(one.encode()) <= 63 for one in found)
    assert found[0] == "é" * 31
    assert found[1] == "é" * 30 + "~2"
    assert found[2:] == ("ع" * 31, "short", "𝄞" * 15)


def test_the_file_is_the_plans_points_and_paths(tmp_path):
    path = tmp_path / "plan.igtl"
    handover = Handover(whole_case(), b"", is_draft=True)
    stream_row, beside_row = written_messages(path, handover, {"version": 1})
    assert 0.0 < stream_row.error_mm <= np.sqrt(3) * 2**-14  # half of a 32-bit float's step
    assert stream_row.allowed_mm == 0.001
    assert beside_row.error_mm == 0.0
    said = json.loads((tmp_path / "plan.igtl.json").read_text())
    assert (said["convention"], said["unit"], said["header_version"]) == ("LPS", "mm", 1)
    assert [one["type"] for one in said["messages"]] == ["POINT", "TRAJ", "TRANSFORM"]
    assert said["messages"][1]["rows"] == [{"item_id": "t1", "sent_as": "DRAFT wire"}]
    _, paths, transform = read_messages(path.read_bytes())
    assert paths.numbers("radius_mm").tolist() == [1.25]
    assert transform.matrix.tolist() == np.eye(4).tolist()


@pytest.mark.parametrize(("shift_mm", "is_seen"), [(0.0007, False), (0.0012, True), (-9.0, True)])
def test_a_place_that_moved_is_seen_even_under_a_right_checksum(tmp_path, shift_mm, is_seen):
    handover = plan_of(Landmark(ItemId("a"), "a", LEFT))
    path = tmp_path / "plan.igtl"
    moved = (LEFT[0] + shift_mm, *LEFT[1:])
    group = messages_of(handover)[0].device
    body = point_body([SentPoint("DRAFT a", group, moved)])
    rest = message("TRANSFORM", "DRAFT FromPlan", transform_body(np.eye(4)))
    path.write_bytes(message("POINT", group, body) + rest)
    if not is_seen:
        assert read_back_messages(path, messages_of(handover))[0] == pytest.approx(0.0007, abs=1e-5)
        return
    with pytest.raises(Refusal) as no:
        read_back_messages(path, messages_of(handover))
    assert no.value.code == "export-read-back-differs"


def test_another_radius_name_or_message_is_seen(tmp_path):
    handover = plan_of(Trajectory(ItemId("t"), "t", FAR, (FAR[0], FAR[1], FAR[2] + 9), 3.0))
    path, sent = tmp_path / "plan.igtl", messages_of(handover)
    (path_message, last) = (message(one.kind, one.device, one.body) for one in sent)
    path.write_bytes(path_message + last)
    assert read_back_messages(path, sent)[0] < 1e-3
    twice = SentPath("DRAFT t", sent[0].device, FAR, (FAR[0], FAR[1], FAR[2] + 9), 3.0)
    other = replace(twice, name="DRAFT u", radius_mm=1.5)
    turned = replace(twice, entry_mm=twice.target_mm, target_mm=FAR, radius_mm=1.5)
    wrong = [message("TRAJ", sent[0].device, trajectory_body([one]))
             for one in (twice, other, turned)]  # fmt: skip
    for one in (*(head + last for head in wrong), last, path_message, last + path_message):
        path.write_bytes(one)
        with pytest.raises(Refusal):
            read_back_messages(path, sent)


@pytest.mark.hazard("HAZ-1")
def test_the_reference_library_reads_each_number_and_name():
    code, (point, path, transform) = read_by_openigtlink(b"".join(stream()))
    assert code == 0
    assert all(one["ok"] for one in (point, path, transform))
    assert [row["name"] for row in point["rows"]] == ["tip", "glénoïde"]
    assert point["rows"][0]["numbers"] == list(LEFT)
    assert point["rows"][1]["numbers"] == pytest.approx(at(1, 2, 3), abs=2**-13)
    assert path["rows"][0]["type"] == 3
    meant = (*at(0, 0, 8), *at(3, -2, 1), 1.75)
    assert path["rows"][0]["numbers"] == pytest.approx(meant, abs=2**-13)
    found = np.array(transform["rows"][0]["numbers"]).reshape(4, 4)
    assert np.abs(found - pose()).max() < 2**-12


def test_the_reference_library_reads_an_exported_plan(tmp_path):
    list(written_messages(tmp_path / "plan.igtl", Handover(whole_case(), b"", is_draft=True), {}))
    code, found = read_by_openigtlink((tmp_path / "plan.igtl").read_bytes())
    assert (code, [one["type"] for one in found]) == (0, ["POINT", "TRAJ", "TRANSFORM"])
    plan = whole_case().plan
    meant = plan.named("tip").point_lps_mm
    assert np.abs(np.subtract(found[0]["rows"][0]["numbers"], meant)).max() < 1e-4


def test_the_reference_library_refuses_what_we_refuse():
    for one in stream():
        flipped = bytearray(one)
        flipped[80] ^= 1
        ones = one[:50] + from_ones(one[HEADER_BYTES:]).to_bytes(8, "big") + one[HEADER_BYTES:]
        for wrong in (bytes(flipped), one[:50] + bytes(8) + one[58:], ones):
            code, found = read_by_openigtlink(wrong)
            assert code == 1
            assert not found[0]["ok"]
