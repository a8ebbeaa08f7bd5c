/** What every benchmark is given. */

export interface Bench {
  /** A folder of its own, removed afterwards. */
  folder: string
  projectDir: string
}
