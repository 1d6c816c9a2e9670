"""A struct that a request excludes by its name: its leaves are out of the source, as the struct was."""

from __future__ import annotations

from dataclasses import replace

from contracts.errors import InvalidRequest, pointer
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.ranges import Plan
from preprocessing.sql_names import columns_in
from sources.structs.leaf_paths import below


def without_structs(request: DatasetRequest, plan: Plan) -> tuple[DatasetRequest, Plan]:
    """Return the request without the structs in `exclude`, and the plan without their leaves.

    Leaves that label, weight, splits or SQL name stay in the plan, and are excluded one by one. No leaf that went decides a
    row's split. Raises `InvalidRequest` for a feature of such a struct.
    """
    structs = {
        name: inner for name in request.exclude if name not in plan.columns and (inner := below(name, plan.columns))
    }
    if not structs:
        return request, plan
    leaves = {leaf for inner in structs.values() for leaf in inner}
    for name in request.features:
        if name in leaves:
            raise InvalidRequest(
                f"{name!r} is a feature, and exclude names the struct that it is of; exclude its other fields by their paths",
                pointer=pointer("features", name),
            )
    texts = [request.label.expression or "", request.filter or "", *request.derive.values()]
    used = {request.label.column, request.weight, *request.split_columns, *request.group_columns}
    used |= set(columns_in(texts, leaves))
    kept = sorted((leaves & used) - set(request.exclude))
    exclude = [*(name for name in request.exclude if name not in structs), *kept]
    columns = [name for name in plan.columns if name not in leaves or name in used or name in request.exclude]
    return request.model_copy(update={"exclude": exclude}), replace(plan, columns=columns)
