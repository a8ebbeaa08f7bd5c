/** Scripts that cannot serve, and what the server says of them before it ends. */

export interface FailingStart {
  title: string
  script: string
  env?: Readonly<Record<string, string>>
  /** What is printed, on either stream. */
  says: RegExp
}

/** All of them end a server with exit code 3. */
export const failingStarts: readonly FailingStart[] = [
  { title: 'a syntax error', script: 'def init(:\n', says: /SyntaxError/ },
  {
    title: 'a wrong indent',
    script: 'def init():\n  pass\n pass\n',
    says: /IndentationError: unindent does not match/,
  },
  {
    title: 'an import that is missing',
    script: 'import no_such_module\n',
    says: /ModuleNotFoundError: No module named 'no_such_module'/,
  },
  { title: 'an import that exits', script: 'import sys\nsys.exit(0)\n', says: /sys\.exit|SystemExit/ },
  {
    title: 'an init() that raises',
    script: 'def init():\n    raise OSError("no model")\ndef run(data):\n    pass\n',
    says: /OSError: no model/,
  },
  {
    title: 'an init() that exits',
    script: 'import sys\ndef init():\n    sys.exit(0)\ndef run(data):\n    pass\n',
    says: /sys\.exit|SystemExit/,
  },
  {
    title: 'no init()',
    script: 'def run(data):\n    pass\n',
    says: /does not have a init\(\) function defined/,
  },
  { title: 'no run()', script: 'def init():\n    pass\n', says: /does not have a run\(\) function defined/ },
  {
    title: 'a run() without a parameter',
    script: 'def init():\n    pass\ndef run():\n    pass\n',
    says: /run\(\) needs to accept an argument for input data\./,
  },
  {
    title: 'a run() of headers alone',
    script: 'def init():\n    pass\ndef run(request_headers):\n    pass\n',
    says: /run\(\) needs to accept an argument other than "request_headers"\./,
  },
  ...['*args', '**kwargs', 'data, *more', 'data, /'].map((parameters) => ({
    title: `a run(${parameters})`,
    script: `def init():\n    pass\ndef run(${parameters}):\n    pass\n`,
    says: /run\(\) cannot accept positional-only arguments, \*args, or \*\*kwargs\./,
  })),
  {
    title: 'a run() that is raw and has a schema',
    script: `
from azureml.contrib.services.aml_request import rawhttp
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema
def init():
    pass
@rawhttp
@input_schema("data", StandardPythonParameterType(1))
def run(data):
    pass
`,
    says: /run\(\) cannot be decorated with both @rawhttp and @input_schema/,
  },
  {
    title: 'a timeout that is no number',
    script: 'def init():\n    pass\ndef run(data):\n    pass\n',
    env: { SCORING_TIMEOUT_MS: 'soon' },
    says: /SCORING_TIMEOUT_MS/,
  },
]
