"""What goes over the wire, typed. Requests are closed, so that a slip is found here; replies are open to newer fields."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

from contracts.base_model import Frozen, Name, Timeout
from contracts.schema import Feature, Label, Layout, Records, SplitName
from contracts.source import Source

ServiceName = Literal["preprocessing", "modeling"]


class DatasetRequest(Frozen):
    """What POST /v1/datasets takes. A field that is None is not sent: the service's default holds."""

    name: Name
    source: Source
    label: Label
    filter: str | None = None
    derive: dict[str, str] | None = None
    weight: str | None = None
    features: dict[str, Feature] | None = None
    remaining: Literal["infer", "exclude"] | None = None
    exclude: list[str] | None = None
    splits: dict[SplitName, float] | None = None
    split_key: list[str] | None = None
    records: Records | None = None
    layout: Layout | None = None
    compression: Literal["none", "gzip"] | None = None
    max_bad_records: int | None = None
    partitions: int | None = None
    timeout: Timeout = None


class NetworkRequest(Frozen):
    """What all networks have: a field that is None is not sent, so that the service's default holds."""

    @model_serializer(mode="wrap")
    def _given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class Linear(NetworkRequest):
    """Logistic regression on the prepared inputs."""

    kind: Literal["linear"] = "linear"
    l2: float | None = None


class Layered(NetworkRequest):
    """What networks have that have embeddings and dense layers."""

    hidden: list[int] | None = None
    dropout: float | None = None
    l2: float | None = None
    batch_norm: bool | None = None
    embedding_width: int | None = None
    embedding_widths: dict[str, int] | None = None
    embedding_l2: float | None = None


class Dnn(Layered):
    """Dense layers of the given widths."""

    kind: Literal["dnn"] = "dnn"


class WideDeep(Layered):
    """A linear network beside a dnn."""

    kind: Literal["wide_deep"] = "wide_deep"


class DcnV2(Layered):
    """Layers that multiply inputs with one another, and a dnn."""

    kind: Literal["dcn_v2"] = "dcn_v2"
    cross_layers: int | None = None
    rank: int | None = None
    structure: Literal["stacked", "parallel"] | None = None


Network = Annotated[Linear | Dnn | WideDeep | DcnV2, Field(discriminator="kind")]


class TrainingRequest(Frozen):
    """What POST /v1/trainings takes. A field that is None is not sent: the service's default holds."""

    model: Name
    dataset: Name
    network: Network | None = None
    epochs: Annotated[int | None, Field(ge=1)] = None
    batch_size: Annotated[int | None, Field(ge=1)] = None
    learning_rate: Annotated[float | None, Field(gt=0)] = None
    optimizer: str | dict[str, Any] | None = None
    schedule: str | dict[str, Any] | None = None
    early_stopping: dict[str, Any] | None = None
    seed: Annotated[int | None, Field(ge=0)] = None
    slices: list[str] | None = None
    importance: dict[str, int] | None = None
    require: dict[str, Any] | None = None
    label: Name | None = None
    timeout: Timeout = None


class Reply(BaseModel):
    """Something a service said."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Progress(Reply):
    """How far a job is. `fraction`: 0 to 1 over the whole job, or None while unknown."""

    phase: str
    fraction: float | None = None
    completed_tasks: int | None = None
    total_tasks: int | None = None
    details: dict[str, Any] = {}


class Job(Reply):
    """A job as it was when the service spoke of it. `service` is filled in by this client."""

    service: ServiceName
    id: str
    kind: str
    state: Literal["PENDING", "RUNNING", "CANCEL_PENDING", "SUCCEEDED", "FAILED", "CANCELLED"]
    done: bool
    attempt: int
    create_time: str
    update_time: str
    progress: Progress
    request: dict[str, Any]
    response: dict[str, Any] | None
    error: dict[str, Any] | None
    links: dict[str, str]


class Proposal(Reply):
    """A request for a dataset job, proposed by a sample of the files.

    `missing` points to what must still be chosen, `evidence` says what the guesses rest on, `flags` what to look at.
    """

    request: dict[str, Any]
    missing: list[str]
    label_candidates: list[str]
    evidence: dict[str, Any]
    flags: list[dict[str, Any]]


class Jobs(Reply):
    """A page of jobs, the newest first; `next_page_token` asks for the next, if there is one."""

    jobs: list[dict[str, Any]]
    next_page_token: str | None = None
