/** How conda packages are called on PyPI, and which have no meaning there. */

/** Conda name → PyPI name, where they differ. */
export const pypiNames: ReadonlyMap<string, string> = new Map([
  ['brotli-python', 'brotli'],
  ['cupy-core', 'cupy'],
  ['dask-core', 'dask'],
  ['faiss', 'faiss-cpu'],
  ['keras-gpu', 'keras'],
  ['matplotlib-base', 'matplotlib'],
  ['msgpack-python', 'msgpack'],
  ['numpy-base', 'numpy'],
  ['opencv', 'opencv-python-headless'],
  ['pil', 'pillow'],
  ['py-opencv', 'opencv-python-headless'],
  ['py-xgboost', 'xgboost'],
  ['py-xgboost-cpu', 'xgboost'],
  ['py-xgboost-gpu', 'xgboost'],
  ['pyarrow-core', 'pyarrow'],
  ['pyqt', 'pyqt5'],
  ['pytables', 'tables'],
  ['python-annoy', 'annoy'],
  ['python-blosc', 'blosc'],
  ['python-duckdb', 'duckdb'],
  ['python-fastjsonschema', 'fastjsonschema'],
  ['python-flatbuffers', 'flatbuffers'],
  ['python-graphviz', 'graphviz'],
  ['python-igraph', 'igraph'],
  ['python-kaleido', 'kaleido'],
  ['python-kubernetes', 'kubernetes'],
  ['python-lmdb', 'lmdb'],
  ['python-tzdata', 'tzdata'],
  ['python-xxhash', 'xxhash'],
  ['pytorch', 'torch'],
  ['pytorch-cpu', 'torch'],
  ['pytorch-gpu', 'torch'],
  ['ruamel_yaml', 'ruamel.yaml'],
  ['seaborn-base', 'seaborn'],
  ['sentencepiece-python', 'sentencepiece'],
  ['tensorflow-base', 'tensorflow'],
  ['tensorflow-eigen', 'tensorflow'],
  ['tensorflow-gpu', 'tensorflow'],
  ['tensorflow-mkl', 'tensorflow'],
  ['torchvision-cpu', 'torchvision'],
])

/** Packages whose wheels carry one more number than conda's (`4.5.5` is `4.5.5.64`): pins become prefixes. */
export const prefixPinned: ReadonlySet<string> = new Set(['opencv-python-headless'])

const withoutUse = new Set(
  `arrow-cpp binutils blas blosc boost-cpp bzip2 c-ares ca-certificates cairo compilers cpuonly cudatoolkit cudnn
  cupti cxx-compiler c-compiler expat fontconfig freetype gcc gettext geos gflags giflib glib glog grpc-cpp gxx
  hdf5 icu intel-openmp jpeg kernel-headers krb5 lame lcms2 ld_impl_linux-64 lerc llvm-openmp lz4-c
  make mkl mkl-devel mkl-service mkl_fft mkl_random mpc mpfr nccl ncurses nomkl openblas openjpeg openssl pcre
  pip pixman pkg-config proj pthread-stubs python_abi pytorch-cuda pytorch-mutex re2 readline snappy
  sqlite sysroot_linux-64 tbb tk tzdata wheel xz yaml zlib zstd
  libblas libboost libbrotlicommon libbrotlidec libbrotlienc libcblas libcurl libcxx libdeflate libedit libev
  libevent libexpat libffi libgcc libgcc-ng libgd libgfortran libgfortran-ng libgfortran4 libgfortran5 libgomp
  libiconv libjpeg-turbo liblapack liblapacke libllvm10 libllvm11 libllvm14 libllvm9 liblightgbm libnghttp2
  libnsl libopenblas libopencv libpng libprotobuf libsodium libsqlite libssh2 libstdcxx libstdcxx-ng libthrift
  libtiff libtorch libutf8proc libuuid libuv libwebp libwebp-base libxcb libxcrypt libxgboost libxml2 libxslt
  libzlib`.split(/\s+/),
)
const uselessPrefixes = ['_', 'cuda-', 'gcc_', 'gxx_', 'binutils_', 'gfortran_', 'libcu', 'libnpp', 'libnv']

const pythonLibraries = new Set(['librosa', 'libcst', 'libtmux', 'libclang', 'libsass', 'libpysal'])
const programs = new Set(
  `anaconda boost conda ffmpeg gdal git glpk graphviz ipopt java-jdk julia libgdal mamba
  nodejs openjdk openmpi mpich pandoc perl poppler postgresql r r-base r-essentials rust ruby tesseract
  vc vs2015_runtime`.split(/\s+/),
)
const foreignPrefixes = ['r-', 'm2w64-', 'msys2-', 'xorg-', 'bioconductor-', 'perl-', 'lib']

/** What becomes of a conda package: installed under a PyPI name, dropped as useless there, or refused. */
export type CondaFate = { kind: 'install'; name: string } | { kind: 'drop' } | { kind: 'refuse' }

export function fateOf(condaName: string): CondaFate {
  const known = pypiNames.get(condaName)
  if (known !== undefined) return { kind: 'install', name: known }
  if (withoutUse.has(condaName) || startsWithAny(condaName, uselessPrefixes)) return { kind: 'drop' }
  if (pythonLibraries.has(condaName)) return { kind: 'install', name: condaName }
  if (programs.has(condaName) || startsWithAny(condaName, foreignPrefixes)) return { kind: 'refuse' }
  return { kind: 'install', name: condaName }
}

function startsWithAny(text: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => text.startsWith(prefix))
}
