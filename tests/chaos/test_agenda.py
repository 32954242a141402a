"""Each thing is done once, when it is due, and taken back when it is time."""

import time

from chaos.agenda import Agenda


def test_each_is_done_once_when_it_is_due() -> None:
    agenda, done, due = Agenda(), list[str](), set[str]()
    for name in ("a", "b"):
        agenda.add(lambda name=name: name in due, lambda name=name: done.append(name))
    agenda.look()
    assert done == []
    for name in ("b", "a"):
        due.add(name)
        agenda.look()
        agenda.look()
    assert done == ["b", "a"]
    assert agenda.is_empty


def test_what_is_too_late_is_missed_also_if_it_is_due() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(lambda: True, lambda: done.append("done"), is_late=lambda: True, miss=lambda: done.append("missed"))
    agenda.look()
    assert done == ["missed"]
    assert agenda.is_empty


def test_what_was_done_for_a_while_is_taken_back() -> None:
    agenda, undone = Agenda(), list[str]()
    agenda.take_back(0, lambda: undone.append("short"))
    agenda.take_back(1000, lambda: undone.append("long"))
    assert agenda.run_until(lambda: undone, 10)
    assert undone == ["short"]
    assert not agenda.is_empty
    agenda.add(lambda: True, lambda: undone.append("never"))
    agenda.finish()
    assert undone == ["short", "long"]
    assert agenda.is_empty


def test_it_waits_for_a_bounded_time() -> None:
    agenda, began = Agenda(), time.monotonic()
    assert not agenda.run_until(lambda: False, 0.2)
    assert time.monotonic() - began >= 0.2
    assert agenda.run_until(lambda: True, 0)
