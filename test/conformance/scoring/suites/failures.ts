/** What becomes of a call whose `run()` takes too long, or ends its process. */
import { post, returns, scriptError, unscored } from '../requests.ts'
import type { ScoringSuite } from '../scoring-case.ts'

const timeout = {
  status: 500,
  message: 'Scoring timeout after 200 ms',
  headers: { ...unscored, 'x-ms-run-function-failed': 'True' },
}
const front = {
  why: 'the gateway answers for the script, as the front end of Azure did',
  expected: { status: 504 },
}

export const timeouts: ScoringSuite = {
  name: 'SCORING_TIMEOUT_MS=200',
  script: `
import time

def init():
    pass

def loop():
    while True:
        pass

def caught():
    try:
        time.sleep(5)
    except TimeoutError:
        return "caught"

def raised():
    raise TimeoutError("my own")

def run(data):
    return eval(data)
`,
  env: { SCORING_TIMEOUT_MS: '200' },
  cases: [
    {
      title: 'a run() that sleeps is ended',
      request: post('time.sleep(5)'),
      expected: timeout,
      gateway: front,
    },
    { title: 'a run() that computes is ended', request: post('loop()'), expected: timeout, gateway: front },
    { title: 'one that is quick is not', request: post('time.sleep(0.01)'), expected: returns('{}') },
    {
      title: 'the script may catch the end',
      request: post('caught()'),
      expected: returns('"caught"'),
      slipway: {
        why: 'the client has been answered when the time was over: it does not wait for what the script does then',
        expected: timeout,
      },
      gateway: front,
    },
    {
      title: 'a TimeoutError of the script itself counts as one',
      request: post('raised()'),
      expected: timeout,
      slipway: { why: 'the time was not over: it is an error like another', expected: scriptError },
    },
  ],
}

const crashed = {
  why: 'a reply that says so, and the next call is served',
  expected: { status: 502, message: 'Replica closed connection before replying', headers: {} },
}

export const crashes: ScoringSuite = {
  name: 'a process that ends',
  script: `
import ctypes
import os
import signal

def init():
    pass

def run(data):
    return eval(data)
`,
  cases: [
    {
      title: 'os._exit() takes the call along',
      request: post('os._exit(1)'),
      expected: {},
      slipway: crashed,
    },
    { title: 'the next call is served', request: post('1'), expected: returns('1') },
    {
      title: 'a kill takes the call along',
      request: post('os.kill(os.getpid(), signal.SIGKILL)'),
      expected: {},
      slipway: crashed,
    },
    { title: 'the call after that is served', request: post('2'), expected: returns('2') },
    {
      title: 'a segmentation fault takes the call along',
      request: post('ctypes.string_at(0)'),
      expected: {},
      slipway: crashed,
    },
    { title: 'and so is the one after that', request: post('3'), expected: returns('3') },
  ],
}
