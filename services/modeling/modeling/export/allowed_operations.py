"""TensorFlow's operations that a loaded graph may have: pure functions of tensors, and few that read the model's own state.

None reads or writes a file, opens a connection, starts a process, calls Python, prints, or makes a data set. An operation that
is new in an export has to be entered here; a version with one that is missing is not published, since its replay loads it.
"""

from __future__ import annotations

_MATHEMATICS = """
Abs AccumulateNV2 Acos Acosh Add AddN AddV2 All Any ApproximateEqual ArgMax ArgMin Asin Asinh Atan Atan2 Atanh BatchMatMul
BatchMatMulV2 BatchMatMulV3 BiasAdd Bincount BitwiseAnd BitwiseOr BitwiseXor Bucketize Cast Ceil ClipByValue Cos
Cosh Cumprod Cumsum CumulativeLogsumexp DenseBincount Digamma Div DivNoNan Einsum Elu Equal Erf Erfc Erfinv Exp Expm1 Floor
FloorDiv FloorMod Greater GreaterEqual InTopKV2 Inv Invert IsFinite IsInf IsNan L2Loss LeakyRelu LeftShift Less LessEqual Lgamma
LinSpace Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr LowerBound MatMul Max Maximum Mean Min Minimum Mod Mul MulNoNan
Ndtri Neg NextAfter NotEqual PopulationCount Pow Prod Range RealDiv Reciprocal Relu Relu6 RightShift Rint Round Rsqrt SegmentMax
SegmentMaxV2 SegmentMean SegmentMin SegmentMinV2 SegmentProd SegmentProdV2 SegmentSum SegmentSumV2 Select SelectV2 Selu Sigmoid
Sign Sin Sinh Softmax Softplus Softsign SparseSegmentMean SparseSegmentMeanWithNumSegments SparseSegmentSqrtN
SparseSegmentSqrtNWithNumSegments SparseSegmentSum SparseSegmentSumWithNumSegments Sqrt Square SquaredDifference Sub Sum Tan Tanh
TopKV2 TruncateDiv TruncateMod UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum UpperBound Xdivy
Xlog1py Xlogy
"""
_ARRAYS = """
Bitcast BroadcastArgs BroadcastTo Concat ConcatOffset ConcatV2 Const DynamicPartition DynamicStitch EnsureShape ExpandDims Fill
Gather GatherNd GatherV2 Identity IdentityN InvertPermutation MatrixDiagV3 MirrorPad NoOp OneHot OnesLike Pack Pad PadV2
ParallelDynamicStitch Placeholder PlaceholderWithDefault PreventGradient RaggedBincount RaggedGather RaggedRange
RaggedTensorToSparse RaggedTensorToTensor Rank Reshape ReverseSequence ReverseV2 Roll ScatterNd Shape ShapeN Size Slice Snapshot
SparseConcat SparseFillEmptyRows SparseReorder SparseReshape SparseSlice SparseTensorDenseMatMul SparseToDense Split SplitV
Squeeze StopGradient StridedSlice TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate Tile
Transpose Unique UniqueV2 UniqueWithCounts UniqueWithCountsV2 Unpack Where ZerosLike
"""
_TEXT = """
AsString DecodeBase64 DecodePaddedRaw DecodeRaw EncodeBase64 Fingerprint ParseExample ParseExampleV2 ReduceJoin RegexFullMatch
RegexReplace StaticRegexFullMatch StaticRegexReplace StringFormat StringJoin StringLength StringLower StringNGrams StringSplit
StringSplitV2 StringStrip StringToHashBucket StringToHashBucketFast StringToHashBucketStrong StringToNumber StringUpper Substr
UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode UnicodeScript UnicodeTranscode UnsortedSegmentJoin
"""
_CONTROL_FLOW = """
Case If PartitionedCall StatelessCase StatelessIf StatelessWhile TensorListConcatV2 TensorListElementShape TensorListFromTensor
TensorListGather TensorListGetItem TensorListLength TensorListReserve TensorListResize TensorListScatterV2 TensorListSetItem
TensorListStack While
"""
_STATE = """
Assert CheckNumerics HashTableV2 LookupTableFindV2 LookupTableImportV2 LookupTableSizeV2 ReadVariableOp ResourceGather
ResourceGatherNd StatefulPartitionedCall VariableShape
"""
_SAVING = """
AssignVariableOp DisableCopyOnRead LookupTableExportV2 MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename VarHandleOp
VarIsInitializedOp
"""

STATEFUL = frozenset(_STATE.split()) | {"Case", "If", "While"}
"""Those that TensorFlow calls stateful: they read variables and tables that are captured, call functions, or raise errors."""
COMPUTING = frozenset((_MATHEMATICS + _ARRAYS + _TEXT + _CONTROL_FLOW + _STATE).split())
"""Those of functions that are run."""
WRITTEN = COMPUTING | frozenset(_SAVING.split())
"""Those of the parts of a SavedModel that are not run: its saver, which reads and writes checkpoints, and its variables."""
