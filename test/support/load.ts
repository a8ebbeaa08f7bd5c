/** Requests that are sent all the while something else happens, and what became of them. */
import { score, type ScoreRequest } from '@slipway/sdk'

export interface LoadReport {
  /** Bodies of the replies with a status of success, in the order they came. */
  replies: string[]
  /** Status and text of the others; status 0 where there was no reply. */
  failures: { status: number; text: string }[]
}

export interface Load {
  /** As far as it is now. */
  readonly report: LoadReport
  /** Stops sending and waits for the last replies. */
  stop(): Promise<LoadReport>
}

/** Sends the request from several clients at once, each the next as soon as it has the reply. */
export function startLoad(request: ScoreRequest, clients = 4): Load {
  const report: LoadReport = { replies: [], failures: [] }
  const stopping = new AbortController()
  const client = async () => {
    while (!stopping.signal.aborted) await sendOne(request, report)
  }
  const running = Promise.all(Array.from({ length: clients }, client))
  return {
    report,
    async stop() {
      stopping.abort()
      await running
      return report
    },
  }
}

async function sendOne(request: ScoreRequest, report: LoadReport): Promise<void> {
  try {
    const reply = await score(request)
    if (reply.ok) report.replies.push(reply.text())
    else report.failures.push({ status: reply.status, text: reply.text() })
  } catch (error) {
    report.failures.push({ status: 0, text: String(error) })
    // Nobody answers: a breath, so that waiting for a server does not keep it from starting.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
