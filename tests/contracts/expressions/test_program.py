from __future__ import annotations

import pickle

from tests.expression_cases import parsed

from contracts.expressions import Program


def ops(program: Program) -> list[str]:
    return [str(getattr(step.node, "op", type(step.node).__name__)) for step in program.steps]


def test_operations_that_expressions_share_stand_once() -> None:
    program = Program.of({"hour": parsed("hour(t)"), "late": parsed("hour(t) > 20"), "x": parsed("x + 1")})
    assert ops(program).count("hour") == 1
    hour = program.results["hour"]
    assert any(hour in step.operands for step in program.steps[: program.results["late"] + 1])
    assert program.columns() == {"t": "instant", "x": "double"}


def test_each_step_follows_its_operands() -> None:
    program = Program.of({"a": parsed("if(x > 1, x * x, x)"), "b": parsed("x * x - abs(x)")})
    for place, step in enumerate(program.steps):
        assert all(operand < place for operand in step.operands)
    assert len(program.steps) == len({(type(step.node), step.node.model_dump_json()) for step in program.steps})


def test_constants_of_two_types_are_two_steps() -> None:
    program = Program.of({"a": parsed("n + 1"), "b": parsed("x + 1.0")})
    assert len(program.steps) == 6


def test_a_program_survives_pickle() -> None:
    program = Program.of({"a": parsed("hour(t) + n")})
    assert pickle.loads(pickle.dumps(program)) == program
