/** The policy: what a pickle may import. */
import { describe, expect, test } from 'vitest'
import { judge } from './policy.ts'

describe('an import is clean', () => {
  test.each([
    ['builtins', 'set'],
    ['__builtin__', 'object'],
    ['copy_reg', '_reconstructor'],
    ['collections', 'OrderedDict'],
    ['builtins', 'ValueError'],
    ['numpy', 'dtype'],
    ['numpy', 'float64'],
    ['numpy', 'log1p'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['numpy.random._pickle', '__randomstate_ctor'],
    ['sklearn.linear_model.ridge', 'Ridge'],
    ['sklearn.tree._tree', 'Tree'],
    ['sklearn.neighbors._kd_tree', 'newObj'],
    ['sklearn.metrics._classification', 'accuracy_score'],
    ['sklearn.externals.joblib.numpy_pickle', 'NumpyArrayWrapper'],
    ['scipy.sparse._csr', 'csr_matrix'],
    ['pandas.core.indexes.base', '_new_Index'],
    ['xgboost.sklearn', 'XGBClassifier'],
    ['torch._utils', '_rebuild_tensor_v2'],
    ['torch', 'FloatStorage'],
  ])('when it only rebuilds data: %s.%s', (module, name) => {
    expect(judge(module, name)).toBe('clean')
  })
})

describe('an import is suspicious', () => {
  test.each([
    ['my_package', 'MyModel'],
    ['sklearn', 'linear_model'],
    ['sklearn.datasets', 'Bunch'],
    ['sklearn.pipeline', 'Memory'],
    ['sklearn.linear_model', 'Ridge.fit'],
    ['sklearnish', 'Ridge'],
    ['scipy.stats._continuous_distns', 'norm_gen'],
    ['functools', 'partial'],
    ['uuid', 'UUID'],
    ['builtins', 'type'],
    ['numpy', 'fromfile'],
    ['torch.storage', '_load_from_bytes'],
    ['joblib.numpy_pickle', 'hex_str'],
    ['', ''],
  ])('when it is not known: %s.%s', (module, name) => {
    expect(judge(module, name)).toBe('suspicious')
  })
})

describe('an import is dangerous', () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['os.path', 'join'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['__builtin__', 'execfile'],
    ['builtins', 'getattr'],
    ['builtins', 'open'],
    ['importlib', 'import_module'],
    ['importlib._bootstrap', '_gcd_import'],
    ['runpy', '_run_code'],
    ['pickle', 'loads'],
    ['_pickle', 'loads'],
    ['socket', 'socket'],
    ['ctypes', 'CDLL'],
    ['webbrowser', 'open'],
    ['pip._internal', 'main'],
    ['operator', 'attrgetter'],
    ['types', 'CodeType'],
    ['numpy.testing._private.utils', 'runstring'],
    ['numpy.f2py.crackfortran', 'getlincoef'],
    ['numpy', 'load'],
    ['joblib', 'load'],
    ['joblib.numpy_pickle', 'load'],
    ['sklearn.externals.joblib', 'load'],
    ['pandas', 'read_pickle'],
    ['pandas.core.computation.eval', 'eval'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['cloudpickle.cloudpickle', '_make_function'],
  ])('when it runs code or reaches out: %s.%s', (module, name) => {
    expect(judge(module, name)).toBe('dangerous')
  })

  test.each([
    ['sklearn', 'os.system'],
    ['sklearn.utils', 'os'],
    ['numpy', 'core._sys.modules'],
    ['collections', '_sys'],
    ['builtins', 'object.__subclasses__'],
    ['pandas.core.frame', 'DataFrame.__init__.__globals__'],
  ])('when it walks out of a clean module: %s.%s', (module, name) => {
    expect(judge(module, name)).toBe('dangerous')
  })
})
