"""A typed client for Tandem's two services, and the `tandem` command.

from tandem import Tandem, TrainingRequest

with Tandem() as tandem:
    job = tandem.wait(tandem.train(TrainingRequest(model="flights", dataset="flights")))
    tandem.predict("flights", [{"distance": 1400, "carrier": "UA"}])
"""

from importlib.metadata import version

from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.datasets import DatasetRequest
from contracts.messages.jobs import ProgressMessage as Progress
from contracts.messages.networks import DcnV2, Dnn, Linear, NetworkSpec, WideDeep
from contracts.messages.trainings import TrainingRequest
from tandem.client import AsyncTandem, Tandem
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
    StillRunning,
    TimedOut,
    UnexpectedReply,
    Unreachable,
)
from tandem.messages import Job
from tandem.notebooks import Proposal

__version__ = version("tandem-client")

__all__ = [
    "AsyncTandem",
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
    "StillRunning",
    "Tandem",
    "TimedOut",
    "TrainingRequest",
    "UnexpectedReply",
    "Unreachable",
    "WideDeep",
]
