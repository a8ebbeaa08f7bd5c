/** Imports that run code, start programs, or reach files and the network when a pickle calls them. */

/** With all modules below them. */
export const dangerousModules: ReadonlySet<string> = names(
  // programs and the system
  'os posix nt posixpath ntpath sys subprocess _posixsubprocess commands popen2 pty signal',
  'multiprocessing _multiprocessing platform shutil tempfile fileinput glob mmap _winreg winreg msvcrt',
  '_winapi _osx_support _aix_support _pyrepl resource fcntl',
  // code and imports
  'importlib _frozen_importlib _frozen_importlib_external imp _imp zipimport pkgutil runpy code codeop',
  'ctypes _ctypes cffi _cffi_backend inspect gc site sysconfig atexit pdb bdb doctest profile cProfile',
  '_lsprof trace timeit pydoc idlelib lib2to3 test pip ensurepip venv distutils setuptools',
  'pkg_resources IPython jupyter_core ipykernel',
  // pickles in pickles
  'pickle _pickle cPickle pickletools dill cloudpickle marshal shelve dbm yaml joblib.externals',
  'joblib.memory joblib.hashing sklearn.externals.joblib.externals pandas.io.pickle',
  // the network
  'socket _socket ssl _ssl select selectors asyncio aiohttp http httplib urllib urllib2 urllib3',
  'requests httpx ftplib smtplib telnetlib poplib imaplib nntplib xmlrpc xmlrpclib socketserver',
  'SocketServer webbrowser antigravity paramiko fabric',
  // libraries of models
  'numpy.testing numpy.f2py numpy.distutils numpy.ctypeslib numpy._distutils scipy.weave',
  'pandas.core.computation numexpr torch.hub torch.package torch.utils.cpp_extension torch._inductor',
  'torch._dynamo torch.utils.bottleneck torch.utils.collect_env torch.distributed torch.multiprocessing',
  'torch.fx.experimental torch.utils._config_module torch.jit.unsupported_tensor_ops',
  'torch.utils.data.datapipes sympy.parsing',
)

/** By module; the first part of a name with dots counts as well. */
export const dangerousNames: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    builtins: names(
      'eval exec execfile compile __import__ getattr setattr delattr open input raw_input file apply breakpoint',
      'globals locals vars dir help memoryview reload type.__call__',
    ),
    operator: names('attrgetter methodcaller'),
    _operator: names('attrgetter methodcaller'),
    io: names('open open_code FileIO'),
    _io: names('open open_code FileIO'),
    codecs: names('open StreamReaderWriter'),
    types: names('CodeType FunctionType LambdaType MethodType ModuleType'),
    logging: names('FileHandler'),
    'logging.config': names('dictConfig fileConfig listen'),
    numpy: names('load loadtxt genfromtxt save savez savetxt fromregex memmap DataSource'),
    'numpy.lib.npyio': names('load save savez savetxt loadtxt genfromtxt fromregex NpzFile DataSource'),
    'numpy.lib._npyio_impl': names('load save savez savetxt loadtxt genfromtxt fromregex NpzFile DataSource'),
    'numpy.lib.format': names('read_array open_memmap'),
    'numpy.lib._datasource': names('open DataSource'),
    'numpy.lib.utils': names('safe_eval'),
    joblib: names('load dump Memory'),
    'joblib.numpy_pickle': names('load dump NumpyUnpickler'),
    'joblib.numpy_pickle_compat': names('load_compatibility ZipNumpyUnpickler'),
    'sklearn.externals.joblib': names('load dump Memory'),
    'sklearn.externals.joblib.numpy_pickle': names('load dump NumpyUnpickler'),
    pandas: names('read_pickle to_pickle eval HDFStore ExcelWriter'),
    torch: names('load save'),
    'torch.serialization': names('load _load _legacy_load save'),
    'torch.jit': names('load'),
    sympy: names('sympify'),
  } satisfies Record<string, ReadonlySet<string>>),
)

/** Modules that other modules hold as attributes. */
export const moduleNames: ReadonlySet<string> = names(
  'os posix nt sys _sys _os subprocess builtins __builtins__ importlib runpy shutil socket ctypes pickle cPickle',
  'system popen Popen __import__ __globals__ __subclasses__ __getattribute__ __code__ __loader__ __spec__',
)

/** Classes that open files or start something, also where a clean library holds them. */
export const hazardousNames: ReadonlySet<string> = names(
  'FileIO TextIOWrapper BufferedReader Unpickler Pickler Process Pool ThreadPool Thread Executor Memory Parallel',
  'HDFStore ExcelWriter ExcelFile NpzFile DataSource FileHandler NamedTemporaryFile TemporaryDirectory Request',
  'CodeType FunctionType LambdaType DLL CDLL MemmappingPool ThreadPoolExecutor ProcessPoolExecutor DMatrix',
)

function names(...lists: string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')))
}
