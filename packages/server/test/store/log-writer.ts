/** A process that logs, and says on stdout how many entries it has seen reach the disk, until it is killed. */
import { openLogStore } from '../../src/store/logs/file-log-store.ts'

const [dir = '', key = ''] = process.argv.slice(2)
const logs = await openLogStore(dir)
for (let index = 1; ; index += 1) {
  await logs.append(key, [
    { time: new Date().toISOString(), source: 'test', stream: 'stdout', text: String(index) },
  ])
  if (index % 50 !== 0) continue
  // A read sees only what has been written.
  await logs.read(key, { lines: 1 })
  process.stdout.write(`${index}\n`)
}
