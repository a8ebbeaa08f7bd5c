/** Packs and unpacks one large file in this process and prints what it took; run by the test of flat memory. */
import { PassThrough } from 'node:stream'
import { extractLayer, writeLayer } from '../src/index.ts'
import type { LayerEntry } from '../src/index.ts'

const [targetDir = '', chunks = '0'] = process.argv.slice(2)
const chunk = Buffer.alloc(1024 * 1024, 'model weights ')

async function* contents(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < Number(chunks); index += 1) yield chunk
}

const entry: LayerEntry = {
  kind: 'file',
  path: 'models/large.bin',
  executable: false,
  sizeBytes: Number(chunks) * chunk.length,
  open: contents,
}
const sink = new PassThrough()
const [written, extracted] = await Promise.all([
  writeLayer([entry], { compression: 'gzip' }, sink),
  extractLayer(sink, targetDir, { compression: 'gzip' }),
])
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(JSON.stringify({ written, extracted, peakBytes }))
