/** Imports that only rebuild data: types, and the functions that the libraries' own pickles call. */

/** Classes by the rule of their name; calling one only makes an object. */
export interface ClassRule {
  /** With the modules below it. */
  module: string
  except?: readonly string[]
  names: RegExp
}

const className = /^_*[A-Z]\w*$/

export const cleanClasses: readonly ClassRule[] = [
  {
    module: 'sklearn',
    except: [
      'sklearn.externals',
      'sklearn.datasets',
      'sklearn.utils._testing',
      'sklearn.utils.testing',
      'sklearn.utils._mocking',
      'sklearn.utils.mocking',
      'sklearn.utils.parallel',
      'sklearn.utils.fixes',
      'sklearn.tests',
      'sklearn.conftest',
      'sklearn._build_utils',
    ],
    names: className,
  },
  { module: 'sklearn', except: ['sklearn.externals'], names: /^(newObj|__pyx_unpickle_\w+)$/ },
  // The losses of some versions of scikit-learn name their module without its package.
  { module: '_loss', names: /^(Cy[A-Z]\w+|__pyx_unpickle_Cy\w+)$/ },
  {
    module: 'sklearn.metrics',
    names: /^[a-z]\w*(_score|_error|_loss|_deviance|_matrix|_curve|_distances|_kernel|_gain)$/,
  },
  {
    module: 'sklearn.feature_selection',
    names: /^(f_classif|f_regression|f_oneway|chi2|r_regression|mutual_info_(classif|regression))$/,
  },
  { module: 'sklearn.feature_extraction.text', names: /^strip_(accents_unicode|accents_ascii|tags)$/ },
  { module: 'scipy.sparse', names: /^(_*[A-Z]\w*|(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array))$/ },
  { module: 'scipy.interpolate', names: className },
  { module: 'scipy.spatial', names: className },
  {
    module: 'numpy.random',
    names: /^(_*[A-Z]\w*|__(randomstate|generator|bit_generator)_ctor|__pyx_unpickle_\w+)$/,
  },
  { module: 'numpy.polynomial', names: className },
  { module: 'numpy.dtypes', names: className },
  { module: 'pandas._libs', except: ['pandas._libs.parsers'], names: /^(_*[A-Z]\w*|\w*unpickle\w*)$/ },
  {
    module: 'pandas.core',
    except: ['pandas.core.computation', 'pandas.core.config_init'],
    names: /^(_*[A-Z]\w*|_new_\w*Index|new_block|new_block_2d)$/,
  },
  { module: 'pandas.arrays', names: className },
  { module: 'pandas.tseries', names: className },
  { module: 'xgboost', names: /^(Booster|XGB\w+)$/ },
  { module: 'lightgbm', names: /^(Booster|LGBM\w+|_LGBM\w+)$/ },
  { module: 'catboost', names: /^(CatBoost\w*|_CatBoost\w*)$/ },
  { module: 'torch.nn.modules', names: className },
  { module: 'builtins', names: /^[A-Z]\w*(Error|Exception|Warning)$/ },
  // TorchScript's own classes, which are no Python modules.
  { module: '__torch__', names: /^\w+$/ },
]

const numberTypes =
  'bool bool_ int8 int16 int32 int64 intc int_ intp longlong uint8 uint16 uint32 uint64 uintc uint uintp ulonglong ' +
  'float16 float32 float64 float_ longdouble complex64 complex128 complex_ clongdouble str_ bytes_ object_ void ' +
  'datetime64 timedelta64 generic number integer signedinteger unsignedinteger inexact floating complexfloating'

/** Elementwise functions, as FunctionTransformer holds them. */
const ufuncs =
  'abs absolute fabs sign negative positive reciprocal square sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan ' +
  'arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh hypot degrees radians deg2rad rad2deg floor ceil ' +
  'trunc rint add subtract multiply divide true_divide floor_divide power float_power mod remainder fmod maximum ' +
  'minimum fmax fmin isnan isfinite isinf signbit logaddexp logaddexp2 logical_and logical_or logical_not ' +
  'logical_xor greater greater_equal less less_equal equal not_equal'

const arrayMakers = '_reconstruct scalar _frombuffer'

const storages =
  'FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage ' +
  'BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QInt32Storage QUInt8Storage QUInt2x4Storage ' +
  'QUInt4x2Storage UntypedStorage'

const torchTypes =
  'Tensor FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor ByteTensor ' +
  'BoolTensor Size device dtype float16 float32 float64 bfloat16 half float double int8 int16 int32 int64 uint8 bool ' +
  'complex64 complex128 short int long'

const tensorMakers =
  '_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state ' +
  '_rebuild_sparse_tensor _rebuild_qtensor _rebuild_device_tensor_from_numpy'

/** Exact names by module; Python 2's modules go by their names in Python 3. */
export const cleanNames: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    builtins:
      'object bool int long float complex str unicode basestring bytes bytearray list tuple dict set frozenset slice ' +
      'range xrange Ellipsis NotImplemented',
    copyreg: '_reconstructor __newobj__ __newobj_ex__',
    _codecs: 'encode',
    collections: 'OrderedDict defaultdict deque Counter',
    datetime: 'date datetime time timedelta timezone',
    decimal: 'Decimal',
    fractions: 'Fraction',
    pathlib: 'PurePath PurePosixPath PureWindowsPath Path PosixPath WindowsPath',
    re: '_compile',
    zoneinfo: 'ZoneInfo ZoneInfo._unpickle',
    pytz: '_UTC _p',
    numpy: `dtype ndarray matrix recarray record ufunc ${numberTypes} ${ufuncs}`,
    'numpy.core.multiarray': `${arrayMakers} ndarray dtype`,
    'numpy._core.multiarray': `${arrayMakers} ndarray dtype`,
    'numpy.core.numeric': '_frombuffer',
    'numpy._core.numeric': '_frombuffer',
    // The machine judges what it looks up, see `callGlobal`.
    'numpy.core': '_ufunc_reconstruct',
    'numpy._core': '_ufunc_reconstruct',
    'numpy.core.records': 'record recarray',
    'numpy.rec': 'record recarray',
    'numpy.matrixlib.defmatrix': 'matrix',
    'numpy.ma': 'MaskedArray',
    'numpy.ma.core': '_mareconstruct MaskedArray MaskedConstant mvoid',
    'scipy.special._ufuncs': 'expit logit erf erfc gamma gammaln xlogy log1p expm1',
    'scipy.special': 'expit logit erf erfc gamma gammaln xlogy',
    'joblib.numpy_pickle': 'NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper',
    'joblib.numpy_pickle_compat': 'NDArrayWrapper ZNDArrayWrapper',
    'sklearn.externals.joblib.numpy_pickle': 'NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper',
    'sklearn.externals.joblib.numpy_pickle_compat': 'NDArrayWrapper ZNDArrayWrapper',
    'sklearn.metrics._scorer': '_passthrough_scorer',
    'sklearn.metrics.scorer': '_passthrough_scorer',
    'sklearn.preprocessing._function_transformer': '_identity',
    pandas:
      'DataFrame Series Index RangeIndex MultiIndex DatetimeIndex Timestamp Timedelta Period Categorical Interval ' +
      'CategoricalDtype DatetimeTZDtype StringDtype PeriodDtype IntervalDtype SparseDtype BooleanDtype Int8Dtype ' +
      'Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype Float32Dtype Float64Dtype',
    torch: `${torchTypes} ${storages}`,
    'torch.storage': 'TypedStorage _TypedStorage UntypedStorage _UntypedStorage',
    'torch._utils': tensorMakers,
    'torch.nn.parameter': 'Parameter Buffer UninitializedParameter UninitializedBuffer',
    'torch.serialization': '_get_layout',
  }).map(([module, names]) => [module, new Set(names.split(' '))]),
)
