"""Asks a service whatever its OpenAPI document allows, and much that it does not, by Schemathesis."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SECONDS = 20


@dataclass
class Asking:
    """One service, at `url`. `known`: path parameters that lead somewhere. `leave_out`: operations, by "METHOD /path"."""

    url: str
    known: dict[str, Any]
    examples: int = 2
    leave_out: frozenset[str] = frozenset()
    statuses: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    """What was answered, by operation."""

    def wrong_replies(self) -> list[str]:
        """What is wrong with the replies, a text for each operation and way of asking; nothing, one hopes.

        Each operation is asked with known paths and what the document allows, with them and what it does not, and with any path.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Schemathesis about a document: what it cannot generate
            schema = schemathesis.openapi.from_url(f"{self.url}/openapi.json", timeout=SECONDS)
            operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
            chosen = [operation for operation in operations if operation.label not in self.leave_out]
            return [wrong for operation in chosen for wrong in self._wrong(operation)]

    def _wrong(self, operation: Any) -> Iterator[str]:
        names = {each.name for each in operation.path_parameters}
        there = {name: value for name, value in self.known.items() if name in names}
        yield from self._ask(operation, GenerationMode.POSITIVE, there, self.examples)
        yield from self._ask(operation, GenerationMode.NEGATIVE, there, self.examples)
        if there:
            yield from self._ask(operation, GenerationMode.POSITIVE, {}, 1)

    def _ask(self, operation: Any, mode: GenerationMode, path: dict[str, Any], examples: int) -> list[str]:
        found: list[str] = []
        answered = self.statuses.setdefault(operation.label, Counter())

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path or None))
        def ask(case: Any) -> None:
            try:
                response = case.call(base_url=self.url, timeout=SECONDS)
                answered[response.status_code] += 1
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as group:
                found.extend(f"{operation.label} ({mode.value}): {failure}" for failure in group.exceptions)
            except requests.exceptions.InvalidHeader:
                pass  # what no client can send

        try:
            ask()
        except Exception as error:  # noqa: BLE001  # such as a schema that nothing can break
            if type(error).__name__ not in {"Unsatisfiable", "SkipTest"}:
                found.append(f"{operation.label} ({mode.value}): {type(error).__name__}: {error}")
        return found[:2]
