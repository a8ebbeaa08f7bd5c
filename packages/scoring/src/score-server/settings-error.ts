/** A setting that cannot be used; the message names it, the rule and the value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}
