/** The nouns of the command line. What a noun can do is loaded when it is called, so that help is quick. */
import type { Noun } from './noun.ts'

export const nouns: readonly Noun[] = [
  {
    name: 'serve',
    summary: 'Run the server: API, gateway and the services themselves.',
    load: async () => (await import('./commands/serve.ts')).defineServe,
  },
  {
    name: 'score-server',
    summary: 'Serve one scoring script on this machine, without a server.',
    load: async () => (await import('./commands/score-server.ts')).defineScoreServer,
  },
  {
    name: 'model',
    summary: 'Register, list, download and delete models.',
    load: async () => (await import('./commands/model.ts')).defineModel,
  },
  {
    name: 'image',
    summary: 'Build images out of a scoring script, its environment and models.',
    load: async () => (await import('./commands/image.ts')).defineImage,
  },
  {
    name: 'service',
    summary: 'Deploy, score, update and watch services.',
    load: async () => (await import('./commands/service.ts')).defineService,
  },
  {
    name: 'autoscale',
    summary: 'Try out settings of the autoscaler on a trace of requests.',
    load: async () => (await import('./commands/autoscale.ts')).defineAutoscale,
  },
  {
    name: 'sizing',
    summary: 'Work out how many replicas a steady load needs.',
    load: async () => (await import('./commands/sizing.ts')).defineSizing,
  },
  {
    name: 'environment',
    summary: 'Look at the locked sets of packages that images run in.',
    load: async () => (await import('./commands/environment.ts')).defineEnvironment,
  },
  {
    name: 'operation',
    summary: 'Look at long-running actions.',
    load: async () => (await import('./commands/operation.ts')).defineOperation,
  },
  {
    name: 'workspace',
    summary: 'Create and list workspaces.',
    load: async () => (await import('./commands/workspace.ts')).defineWorkspace,
  },
  {
    name: 'why',
    summary: 'Explain why a service is or is not ready, and what to do.',
    load: async () => (await import('./commands/why.ts')).defineWhy,
  },
  {
    name: 'doctor',
    summary: 'Check this machine, the connection and the server.',
    load: async () => (await import('./commands/doctor.ts')).defineDoctor,
  },
  {
    name: 'completion',
    summary: 'Print a completion script for bash, zsh or fish.',
    load: async () => (await import('./commands/completion.ts')).defineCompletion,
    needsAllNouns: true,
  },
]
