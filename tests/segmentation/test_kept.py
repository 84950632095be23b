"""What is kept between previews: one thing, for one key, in one hand."""

from segmentation.kept import Kept


def test_a_thing_is_there_for_its_key_until_it_is_taken():
    kept, key = Kept(), ("grow", 1)
    kept.put(key, [5])
    assert kept.take(key, list) == [5]
    assert kept.take(key, list) is None  # whoever took it has it alone


def test_another_key_or_kind_finds_nothing_and_frees_the_room():
    kept = Kept()
    kept.put(("a",), [5])
    assert kept.take(("b",), list) is None
    assert kept.take(("a",), list) is None
    kept.put(("a",), [5])
    assert kept.take(("a",), dict) is None


def test_a_later_thing_takes_the_place_and_clearing_leaves_nothing():
    kept = Kept()
    kept.put(("a",), [1])
    kept.put(("b",), [2])
    assert kept.take(("a",), list) is None
    kept.put(("b",), [3])
    kept.clear()
    assert kept.take(("b",), list) is None
