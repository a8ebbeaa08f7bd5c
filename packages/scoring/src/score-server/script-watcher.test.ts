/** Which files a script is started anew for. */
import { expect, test } from 'vitest'
import { concernsScript } from './script-watcher.ts'

test.each(['score.py', 'package/deep/module.py', 'swagger.json', 'swagger3.1.json', 'logging.json'])(
  '%s concerns it',
  (file) => {
    expect(concernsScript(file)).toBe(true)
  },
)

test.each([
  'out.log',
  'result.json',
  'model.pkl',
  '__pycache__/score.pyc',
  '.git/hook.py',
  '.score.py.swp',
  'score.py~',
])('%s does not', (file) => {
  expect(concernsScript(file)).toBe(false)
})
