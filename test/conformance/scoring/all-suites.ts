/** All suites of the scoring contract. */
import type { ScoringSuite } from './scoring-case.ts'
import { corsAll, corsList, corsOff } from './suites/cors.ts'
import { swagger, swaggerFiles, swaggerMixed, swaggerNamed, swaggerSchema } from './suites/descriptions.ts'
import { crashes, timeouts } from './suites/failures.ts'
import { driver, headerInput, keywordOnly, textInput } from './suites/inputs.ts'
import { plainOutput, responseOutput, streamedOutput } from './suites/outputs.ts'
import { rawMethods, rawRequest } from './suites/raw.ts'
import { routes, versionHidden, versionShown } from './suites/routes.ts'
import { oneNumber, outputOnly, standardTypes, unfitSchemaOutput } from './suites/schema.ts'

export const suites: readonly ScoringSuite[] = [
  routes,
  versionShown,
  versionHidden,
  textInput,
  headerInput,
  keywordOnly,
  driver,
  plainOutput,
  responseOutput,
  streamedOutput,
  oneNumber,
  standardTypes,
  outputOnly,
  unfitSchemaOutput,
  rawMethods,
  rawRequest,
  corsList,
  corsAll,
  corsOff,
  swagger,
  swaggerNamed,
  swaggerFiles,
  swaggerMixed,
  swaggerSchema,
  timeouts,
  crashes,
]
