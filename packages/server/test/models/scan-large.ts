/** Scans one file in this process and prints the result and the peak of its memory; run by the test of large files. */
import { scanPath } from './scan-path.ts'

const [file = ''] = process.argv.slice(2)
const scan = await scanPath(file)
process.stdout.write(JSON.stringify({ scan, peakBytes: process.resourceUsage().maxRSS * 1024 }))
