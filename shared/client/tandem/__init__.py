"""A typed client for Tandem's two services, and the `tandem` command.

from tandem import Tandem, TrainingRequest

with Tandem() as tandem:
    job = tandem.wait(tandem.train(TrainingRequest(model="flights", dataset="flights")))
    tandem.predict("flights", [{"distance": 1400, "carrier": "UA"}])
"""

from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.datasets import DatasetRequest
from contracts.messages.jobs import ProgressMessage as Progress
from contracts.messages.networks import DcnV2, Dnn, Linear, NetworkSpec, WideDeep
from contracts.messages.schemas import Proposal
from contracts.messages.trainings import TrainingRequest
from tandem.client import Tandem
from tandem.errors import (
    ClientError,
    Conflict,
    InvalidInput,
    JobCancelled,
    JobFailed,
    NotFound,
    NotStarted,
    PreconditionFailed,
    Problem,
    Rejected,
    ServiceFault,
    UnexpectedReply,
    Unreachable,
)
from tandem.messages import Job

__all__ = [
    "BatchRequest",
    "ClientError",
    "Conflict",
    "DatasetRequest",
    "DcnV2",
    "Dnn",
    "InvalidInput",
    "Job",
    "JobCancelled",
    "JobFailed",
    "Linear",
    "NetworkSpec",
    "NotFound",
    "NotStarted",
    "PreconditionFailed",
    "Problem",
    "Progress",
    "Proposal",
    "Rejected",
    "ServiceFault",
    "Tandem",
    "TrainingRequest",
    "UnexpectedReply",
    "Unreachable",
    "WideDeep",
]
