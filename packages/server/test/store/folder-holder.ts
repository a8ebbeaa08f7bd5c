/** A process that holds a data folder until it is killed. */
import { openDataFolder } from '../../src/store/data-folder.ts'

const folder = await openDataFolder(process.argv[2] ?? '')
process.stdout.write(`${folder.dir}\n`)
setInterval(() => folder.dir, 60_000)
