/** A certificate and its key in PEM files, read again when the files change. */
import { type FSWatcher, watch } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { createSecureContext } from 'node:tls'

/** A pair is replaced in several steps: they are over once nothing has happened for so long. */
const settledMs = 100
/** Not every file system reports its changes. */
const checkMs = 60_000

export interface CertificateFiles {
  /** PEM; the certificate first, then the rest of its chain. */
  certFile: string
  /** PEM, without a passphrase. */
  keyFile: string
}

export interface CertificatePair {
  cert: Buffer
  key: Buffer
}

export interface CertificateWatcher {
  /** The pair found at first. */
  readonly pair: CertificatePair
  close(): void
}

export interface CertificateEvents {
  /** Another pair is there, and can be used. */
  changed(pair: CertificatePair): void
  /** What is there now cannot be used; said once for the same reason. */
  broken(error: Error): void
}

/** Rejects when the files cannot be used as they are. */
export async function watchCertificate(
  files: CertificateFiles,
  events: CertificateEvents,
): Promise<CertificateWatcher> {
  const pair = await readPair(files)
  const watcher = new FileWatcher(files, pair, events)
  await watcher.watchFolders()
  return watcher
}

class FileWatcher implements CertificateWatcher {
  readonly #files: CertificateFiles
  readonly #events: CertificateEvents
  readonly #folders = new Map<string, FSWatcher>()
  readonly #interval: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined
  #pair: CertificatePair
  #lastReason = ''
  #isClosed = false

  constructor(files: CertificateFiles, pair: CertificatePair, events: CertificateEvents) {
    this.#files = files
    this.#pair = pair
    this.#events = events
    this.#interval = setInterval(() => void this.#look(), checkMs).unref()
  }

  get pair(): CertificatePair {
    return this.#pair
  }

  /** Those of the files, and of what they lead to: certificate managers swap symbolic links, of folders too. */
  async watchFolders(): Promise<void> {
    const wanted = await foldersOf(this.#files)
    if (this.#isClosed) return
    for (const [folder, watcher] of this.#folders)
      if (!wanted.has(folder)) {
        watcher.close()
        this.#folders.delete(folder)
      }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watch(folder)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearInterval(this.#interval)
    for (const watcher of this.#folders.values()) watcher.close()
  }

  #watch(folder: string): void {
    const watcher = watch(folder, { persistent: false }, () => this.#lookSoon())
    const forget = () => {
      watcher.close()
      this.#folders.delete(folder)
    }
    watcher.on('error', forget)
    this.#folders.set(folder, watcher)
  }

  #lookSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), settledMs).unref()
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    try {
      const pair = await readPair(this.#files)
      await this.watchFolders()
      if (this.#isClosed) return
      this.#lastReason = ''
      if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return
      this.#pair = pair
      this.#events.changed(pair)
    } catch (error) {
      this.#report(error as Error)
    }
  }

  #report(error: Error): void {
    if (this.#isClosed || error.message === this.#lastReason) return
    this.#lastReason = error.message
    this.#events.broken(error)
  }
}

async function readPair({ certFile, keyFile }: CertificateFiles): Promise<CertificatePair> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)])
    // Throws for what is not PEM, and for a key that is not the certificate's.
    createSecureContext({ cert, key })
    return { cert, key }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`certificate ${certFile} and key ${keyFile} cannot be used: ${reason}`, { cause: error })
  }
}

async function foldersOf({ certFile, keyFile }: CertificateFiles): Promise<Set<string>> {
  const files = [certFile, keyFile].map((file) => path.resolve(file))
  const targets = await Promise.all(files.map(async (file) => await realpath(file)))
  return new Set([...files, ...targets].map((file) => path.dirname(file)))
}
