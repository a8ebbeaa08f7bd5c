/** Entry point of images and of `slipway score-server`: the only place here that reads the process. */
import { runScoreServer } from './score-server/run-score-server.ts'
import { worldOf } from './score-server/world-of.ts'

process.exit(await runScoreServer(worldOf(process)))
