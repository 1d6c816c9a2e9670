from __future__ import annotations

import inspect
import pickle

import pytest

from contracts import errors

ALL = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.TandemError)]


@pytest.mark.parametrize("kind", ALL)
def test_a_docstring_is_the_default_message_and_errors_cross_processes_whole(kind: type[errors.TandemError]) -> None:
    assert str(kind()) == kind.__doc__
    error = pickle.loads(pickle.dumps(kind("what was wrong", pointer="/a/b")))
    assert type(error) is kind
    assert (error.message, error.pointer, str(error)) == ("what was wrong", "/a/b", "what was wrong")


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = [
        word for line in errors.__doc__.splitlines() for word in line.replace("─", " ").split() if word[0].isupper()
    ]
    for kind in ALL:
        assert kind.__name__ in drawn
