/** The bars that Slipway is held against, each with what was measured. */
import {
  figureSamples,
  type LoadFigure,
  loadFigures,
  type Measurements,
  middle,
  ratio,
} from './measurements.ts'

export interface Bar {
  what: string
  rule: { kind: 'at-least' | 'at-most' | 'below'; value: number; unit: '×' | 'ms' | 'MB' }
  /** NaN where it was not measured. */
  value: number
}

export function isMet({ rule, value }: Bar): boolean {
  if (rule.kind === 'at-least') return value >= rule.value
  return rule.kind === 'below' ? value < rule.value : value <= rule.value
}

const base = '1 service, 1 replica'

/** What may be called flat: more would be seen beside the spread between rounds. */
const flat = 1.15

export function bars(measurements: Measurements): Bar[] {
  const load = (contender: string, load: string, figure: LoadFigure) =>
    loadFigures(measurements, { contender, load, figure })
  const against = (divisor: string, name: string, figure: LoadFigure) =>
    ratio(load('gateway', name, figure), load(divisor, name, figure))
  const cost = (scale: string, name: string) =>
    ratio(load(scale, name, 'cpuUsPerRequest'), load(base, name, 'cpuUsPerRequest'))
  const figure = (name: string) => middle(figureSamples(measurements, 'gateway', name))
  const pandas = (contender: string) => figureSamples(measurements, contender, 'pandas input us')
  const reference = 'azureml-inference-server'
  return [
    atLeast(20, `requests/s, c=32, against ${reference}`, against('azureml', 'c=32', 'requestsPerSecond')),
    atLeast(0.45, 'requests/s, c=32, against bare node:http', against('node', 'c=32', 'requestsPerSecond')),
    atMost(0.25, `p50, c=1, against ${reference}`, against('azureml', 'c=1', 'p50Ms')),
    atLeast(1.5, 'requests/s, run of 1 ms', against('azureml', 'run 1 ms', 'requestsPerSecond')),
    atLeast(0.97, 'requests/s, run of 20 ms', against('azureml', 'run 20 ms', 'requestsPerSecond')),
    atLeast(2.5, 'requests/s, bodies of 1 MiB', against('azureml', '1 MiB', 'requestsPerSecond')),
    below(
      { value: 5, unit: 'ms' },
      'health while run is busy, slowest of 30',
      figure('health while busy ms'),
    ),
    atMost(flat, 'CPU per request, 1,000 services against 1, c=1', cost('1,000 services', 'c=1')),
    atMost(flat, 'CPU per request, 1,000 services against 1, c=32', cost('1,000 services', 'c=32')),
    atMost(flat, 'CPU per request, 50 replicas against 1, c=1', cost('50 replicas', 'c=1')),
    atMost(flat, 'CPU per request, 50 replicas against 1, c=32', cost('50 replicas', 'c=32')),
    below({ value: 40, unit: 'MB' }, '1,000 idle keep-alive connections', figure('idle connections MB')),
    atLeast(5, 'pandas input through @input_schema', ratio(pandas('azureml'), pandas('gateway'))),
  ]
}

function atLeast(bar: number, what: string, value: number): Bar {
  return { what, rule: { kind: 'at-least', value: bar, unit: '×' }, value }
}

function atMost(bar: number, what: string, value: number): Bar {
  return { what, rule: { kind: 'at-most', value: bar, unit: '×' }, value }
}

function below(bar: { value: number; unit: 'ms' | 'MB' }, what: string, value: number): Bar {
  return { what, rule: { kind: 'below', ...bar }, value }
}
