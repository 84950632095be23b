"""Who holds a case: one at a time, freed by the end of a process, whatever its kind."""

import os
import sys
import threading

from planning.case.lock import Lease, Owner, _is_same_file, claim, lock_path, present_owner


def test_one_at_a_time_and_the_next_one_after_release(tmp_path):
    case = tmp_path / "a.tasrif"
    lease = claim(case, present_owner("Ada"))
    assert isinstance(lease, Lease)
    other = claim(case, present_owner("Bob"), take_over=True)
    assert isinstance(other, Owner)
    assert (other.name, other.is_stale) == ("Ada", False)
    lease.release()
    lease.release()
    assert not lock_path(case).exists()
    again = claim(case, present_owner("Bob"))
    assert isinstance(again, Lease)
    again.release()


def test_a_lock_left_by_a_dead_process_of_this_machine_is_taken_at_once(tmp_path):
    case = tmp_path / "a.tasrif"
    dead = present_owner("Ada")
    lock_path(case).write_text(
        f'{{"name": "{dead.name}", "host": "{dead.host}", "since": "{dead.since}"}}'
    )
    lease = claim(case, present_owner("Bob"))
    assert isinstance(lease, Lease)
    lease.release()


def test_a_garbled_lock_does_not_keep_a_case_for_ever(tmp_path):
    case = tmp_path / "a.tasrif"
    for text in ("", "{", "[]", "\x00" * 10_000):
        lock_path(case).write_text(text)
        lease = claim(case, present_owner("Bob"))
        assert isinstance(lease, Lease)
        lease.release()


def test_of_many_who_come_at_once_one_gets_it(tmp_path):
    case = tmp_path / "a.tasrif"
    start, answers = threading.Barrier(12), []

    def come(n):
        start.wait()
        answers.append(claim(case, present_owner(f"n{n}")))

    for _ in range(20):
        answers.clear()
        threads = [threading.Thread(target=come, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        leases = [answer for answer in answers if isinstance(answer, Lease)]
        assert len(leases) == 1
        leases[0].release()


def test_nobody_holds_a_lock_that_another_is_about_to_remove(tmp_path):
    """Coming and going without a pause: never two inside at once."""
    case = tmp_path / "a.tasrif"
    inside, seen, pause = [], [], threading.Event()

    def come_and_go(n):
        for _ in range(100):
            lease = claim(case, present_owner(f"n{n}"))
            if isinstance(lease, Lease):
                inside.append(n)
                pause.wait(0.002)
                seen.append(len(inside))
                inside.remove(n)
                lease.release()

    threads = [threading.Thread(target=come_and_go, args=(n,)) for n in range(6)]
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # or the threads take turns too politely
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval_s)
    assert len(seen) > 6
    assert max(seen) == 1


def test_a_lock_that_was_removed_meanwhile_is_known_as_gone(tmp_path):
    path = tmp_path / "a.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        assert _is_same_file(path, handle)
        path.unlink()
        assert not _is_same_file(path, handle)
        path.touch()
        assert not _is_same_file(path, handle)
    finally:
        os.close(handle)
