/** Checks tokens that `issueToken` has issued; one that was found good stays good until it expires, without another look. */
import { texts } from '../http/replies.ts'

export interface TokenRules {
  /** base64url of 32 bytes. */
  secret: string
  audience: string
}

/** Who has more callers than this pays for looking at their tokens again. */
const maxKnownTokens = 10_000
/** Issuer and gateway may be on machines whose clocks differ. */
const toleranceSeconds = 5

/** Answers as an AuthCheck does; at once for a token that is known to be good. */
export function createTokenCheck(
  { secret, audience }: TokenRules,
  now: () => number,
): (token: string) => string | undefined | Promise<string | undefined> {
  const key = Buffer.from(secret, 'base64url')
  /** Good tokens, oldest first, and when they end. */
  const known = new Map<string, number>()

  const verify = async (token: string) => {
    // Loaded with the first token: where there are none, the program starts 30 ms sooner.
    const { errors, jwtVerify } = await import('jose')
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        audience,
        requiredClaims: ['exp'],
        clockTolerance: toleranceSeconds,
        currentDate: new Date(now()),
      })
      remember(known, token, ((payload.exp ?? 0) + toleranceSeconds) * 1_000)
      return undefined
    } catch (error) {
      return error instanceof errors.JWTExpired ? texts.expiredToken : texts.wrongToken
    }
  }
  return (token) => {
    const endsMs = known.get(token)
    if (endsMs === undefined) return token.includes('.') ? verify(token) : texts.tokenWanted
    if (now() < endsMs) return undefined
    known.delete(token)
    return texts.expiredToken
  }
}

function remember(known: Map<string, number>, token: string, endsMs: number): void {
  known.set(token, endsMs)
  if (known.size <= maxKnownTokens) return
  const [oldest] = known.keys()
  if (oldest !== undefined) known.delete(oldest)
}
