"""A task's error as JSON: each class comes back as it was; anything else is corrupt."""

from __future__ import annotations

import pytest

from contracts import errors
from contracts.errors import CorruptData, InvalidRequest, TandemError
from preprocessing.spark.task_errors import from_json, to_json

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TandemError)]


class OfAService(InvalidRequest):
    """A class that other programs do not have."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pointer", [None, "", "/source/uris/0"])
def test_an_error_comes_back_as_it_was(kind: type[TandemError], pointer: str | None) -> None:
    back = from_json(to_json(kind("'é' is\nwrong", pointer=pointer)), "here")
    assert (type(back), back.message, back.pointer) == (kind, "'é' is\nwrong", pointer)
    assert from_json(to_json(kind()), "here").message == kind().message


def test_a_class_of_elsewhere_is_its_nearest_known_base() -> None:
    assert type(from_json(to_json(OfAService("no")), "here")) is InvalidRequest


def test_the_reason_does_not_quote_the_file() -> None:
    with pytest.raises(
        CorruptData, match=r"^here is not an error that a task of this service left: Field required"
    ) as no:
        from_json(b'{"type": "InvalidData", "secret": "s3cr3t"}', "here")
    assert "s3cr3t" not in str(no.value)


def test_text_without_a_form_in_utf8_is_replaced() -> None:
    back = from_json(to_json(InvalidRequest("'\udc80' is wrong", pointer="/\udc80")), "here")
    assert (back.message, back.pointer) == ("'?' is wrong", "/?")
