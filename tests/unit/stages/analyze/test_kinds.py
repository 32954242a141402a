"""What objects are is found without asking them."""

import io

from analysis_jobs.stages.analyze.kinds import has, is_a, of_kinds, types_of


class Asked(type):
    def __getattribute__(cls, name: str) -> object:
        raise AssertionError(name)

    def __eq__(cls, other: object) -> bool:  # without a hash, too
        raise AssertionError


class Odd(metaclass=Asked):
    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)

    def __del__(self) -> None:
        pass


class Derived(Odd):
    pass


def test_objects_and_their_types_are_not_asked() -> None:
    one, derived = Odd(), Derived()
    kinds = types_of([one, derived, derived, 1])
    assert [id(kind) for kind in kinds] == [id(Odd), id(Derived), id(int)]
    assert [id(each) for each in of_kinds([derived, one], kinds[:1])] == [id(one)]
    assert (is_a(Derived, int, Odd), is_a(Odd, Derived), is_a(type(Odd), type)) == (True, False, True)
    assert (has(Derived, "__del__"), has(Derived, "run"), has(io.BytesIO, "__del__")) == (True, False, True)
