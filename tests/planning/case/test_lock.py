"""Who holds a case: one at a time, freed by the end of a process, whatever its kind."""

import threading

from planning.case.lock import Lease, Owner, claim, lock_path, present_owner


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
