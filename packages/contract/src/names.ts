/** Names and references, validated at the edge with the limits Azure had. */
import * as z from 'zod'

export const maxNameLength = 255

export const WorkspaceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,31}$/, 'must be 2 to 32 lower-case letters, digits and dashes')
  .meta({ id: 'WorkspaceName' })

/** Name of a model: dots, dashes and underscores are allowed, as in `sklearn_regression_model.pkl`. */
export const ModelName = z
  .string()
  .max(maxNameLength, `must be at most ${maxNameLength} characters`)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'must start with a letter or digit and hold only letters, digits, dots, dashes and underscores',
  )
  .meta({ id: 'ModelName' })

/** Name of an image: what a registry takes as a repository. */
export const ImageName = z
  .string()
  .regex(
    /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
    'must be lower-case letters and digits, joined by single dots, dashes or underscores',
  )
  .max(maxNameLength, `must be at most ${maxNameLength} characters`)
  .meta({ id: 'ImageName' })

/** Name of a service: 3 to 32 characters, as Azure had it. */
export const ServiceName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{2,31}$/,
    'must be 3 to 32 lower-case letters, digits and dashes, and start with a letter',
  )
  .meta({ id: 'ServiceName' })

export const Version = z.coerce.number().int().min(1).max(2_147_483_647).meta({ id: 'Version' })

/** `sha256:` and 64 hexadecimal digits. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
  .meta({ id: 'Digest' })

/** A relative path inside an upload: no empty, `.` or `..` segment, no backslash, no control character. */
export const FilePath = z
  .string()
  .min(1)
  .max(1024)
  .refine(isSafePath, 'must be a relative path without .. , backslashes or control characters')
  .meta({ id: 'FilePath' })

function isSafePath(path: string): boolean {
  const segments = path.split('/')
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return false
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}

export interface Reference {
  name: string
  version?: number
}

/** Splits `name:version`; the version is left out where there is none. Errors: none, the schema checked the form. */
export function parseReference(text: string): Reference {
  const [name = '', version] = text.split(':')
  return version === undefined ? { name } : { name, version: Number(version) }
}

export function formatReference(name: string, version: number): string {
  return `${name}:${version}`
}

function referenceOf(name: z.ZodString, id: string) {
  return z
    .string()
    .refine((text) => {
      const [head = '', version, more] = text.split(':')
      const versionFits =
        version === undefined || (/^[1-9][0-9]{0,9}$/.test(version) && Version.safeParse(version).success)
      return more === undefined && versionFits && name.safeParse(head).success
    }, 'must be a name, or name:version with a version from 1')
    .meta({ id })
}

/** `name` (the latest version) or `name:version`. */
export const ModelReference = referenceOf(ModelName, 'ModelReference')
export const ImageReference = referenceOf(ImageName, 'ImageReference')
