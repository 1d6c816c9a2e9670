"""A typed client for Tandem's two services, and the `tandem` command.

from tandem import Tandem, TrainingRequest

with Tandem() as tandem:
    job = tandem.wait(tandem.train(TrainingRequest(model="flights", dataset="flights")))
    tandem.predict("flights", [{"distance": 1400, "carrier": "UA"}])
"""

from importlib.metadata import version

from contracts.dataset.requested_splits import ColumnSplits, FileSplits, SplitTimes, TimeSplits
from contracts.features.categorical import Categorical
from contracts.features.crosses import Cross
from contracts.features.datetime import DateTime
from contracts.features.hashed import Hashed
from contracts.features.many import Many
from contracts.features.numeric import Bucketize, Constant, Numeric
from contracts.features.sequences.number_lists import NumberList
from contracts.features.text import Text, TextHash, TextVocabulary
from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.comparisons import FeatureThresholds, Thresholds
from contracts.messages.datasets import DatasetRequest
from contracts.messages.folds.spec import Folds
from contracts.messages.gates import BetterThan, Bound, Require, RequireFolds, RequireMissing
from contracts.messages.jobs import ProgressMessage as Progress
from contracts.messages.networks import DcnV2, Dnn, Linear, NetworkSpec, TabM, WideDeep
from contracts.messages.optimizers import (
    Adagrad,
    Adam,
    ConstantSchedule,
    Cosine,
    EarlyStopping,
    Exponential,
    Ftrl,
    Plateau,
    Sgd,
    Step,
)
from contracts.messages.schemas import InferRequest
from contracts.messages.skew import SkewRequest
from contracts.messages.trainings import ImportanceSpec, MaskingSpec, NumericOverride, TrainingRequest
from contracts.messages.tuning.thresholds import CostAim, F1Aim, FixedThreshold, PrecisionAim
from contracts.schema import Label
from contracts.source import (
    ArrowFiles,
    AvroFiles,
    DelimitedText,
    JsonLines,
    OrcFiles,
    Parquet,
    SparkSource,
    TfRecordFiles,
)
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
    "Adagrad",
    "Adam",
    "ArrowFiles",
    "AsyncTandem",
    "AvroFiles",
    "BatchRequest",
    "BetterThan",
    "Bound",
    "Bucketize",
    "Categorical",
    "ClientError",
    "ColumnSplits",
    "Conflict",
    "Constant",
    "ConstantSchedule",
    "Cosine",
    "CostAim",
    "Cross",
    "DatasetRequest",
    "DateTime",
    "DcnV2",
    "DelimitedText",
    "Dnn",
    "EarlyStopping",
    "Exponential",
    "F1Aim",
    "FeatureThresholds",
    "FileSplits",
    "FixedThreshold",
    "Folds",
    "Ftrl",
    "Hashed",
    "ImportanceSpec",
    "InferRequest",
    "InvalidInput",
    "Job",
    "JobCancelled",
    "JobFailed",
    "JsonLines",
    "Label",
    "Linear",
    "Many",
    "MaskingSpec",
    "NetworkSpec",
    "NotFound",
    "NotStarted",
    "NumberList",
    "Numeric",
    "NumericOverride",
    "OrcFiles",
    "Parquet",
    "Plateau",
    "PrecisionAim",
    "PreconditionFailed",
    "Problem",
    "Progress",
    "Proposal",
    "Rejected",
    "Require",
    "RequireFolds",
    "RequireMissing",
    "ServiceFault",
    "Sgd",
    "SkewRequest",
    "SparkSource",
    "SplitTimes",
    "Step",
    "StillRunning",
    "TabM",
    "Tandem",
    "Text",
    "TextHash",
    "TextVocabulary",
    "TfRecordFiles",
    "Thresholds",
    "TimeSplits",
    "TimedOut",
    "TrainingRequest",
    "UnexpectedReply",
    "Unreachable",
    "WideDeep",
]
