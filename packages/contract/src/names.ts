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

/** Longest name of one file or folder on any disk, in bytes. */
const maxSegmentBytes = 255

const whiteout = '.wh.'

/** A relative path inside an upload: no empty, `.` or `..` segment, no backslash, no control character. */
export const FilePath = z
  .string()
  .min(1)
  .max(1024)
  .regex(
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    /^(?!\.{1,2}(?:\/|$))[^/\\\u0000-\u001f\u007f]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\\u0000-\u001f\u007f]+)*$/,
    'must be a relative path without .. , backslashes or control characters',
  )
  .refine((path) => path.isWellFormed(), 'must be Unicode text')
  .refine(
    (path) => path.split('/').every((segment) => sizeBytesOf(segment) <= maxSegmentBytes),
    `must hold no name longer than ${maxSegmentBytes} bytes`,
  )
  .refine(
    (path) => !path.split('/').some((segment) => segment.startsWith(whiteout)),
    `must hold no name that begins with ${whiteout}, which in a layer of an image deletes a file`,
  )
  .meta({ id: 'FilePath' })

function sizeBytesOf(text: string): number {
  return new TextEncoder().encode(text).length
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

const reference = 'must be a name, or name:version with a version from 1'

function referenceOf(name: z.ZodString, { pattern, id }: { pattern: RegExp; id: string }) {
  return z
    .string()
    .regex(pattern, reference)
    .refine((text) => {
      const parts = parseReference(text)
      return name.safeParse(parts.name).success && Version.optional().safeParse(parts.version).success
    }, reference)
    .meta({ id })
}

/** `name` (the latest version) or `name:version`. */
export const ModelReference = referenceOf(ModelName, {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*(?::[1-9][0-9]{0,9})?$/,
  id: 'ModelReference',
})
export const ImageReference = referenceOf(ImageName, {
  pattern: /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?::[1-9][0-9]{0,9})?$/,
  id: 'ImageReference',
})
