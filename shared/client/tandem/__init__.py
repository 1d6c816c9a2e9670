"""A typed client for Tandem's two services, and the `tandem` command.

from tandem import Tandem, TrainingRequest

with Tandem() as tandem:
    job = tandem.wait(tandem.train(TrainingRequest(model="flights", dataset="flights")))
    tandem.predict("flights", [{"distance": 1400, "carrier": "UA"}])
"""

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
    Unreachable,
)
from tandem.messages import DatasetRequest, Dnn, Job, Linear, Network, Progress, Proposal, TrainingRequest

__all__ = [
    "ClientError",
    "Conflict",
    "DatasetRequest",
    "Dnn",
    "InvalidInput",
    "Job",
    "JobCancelled",
    "JobFailed",
    "Linear",
    "Network",
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
    "Unreachable",
]
