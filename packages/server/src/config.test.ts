/** Where settings come from. */
import { describe, expect, test } from 'vitest'
import { configHelp, configKeys, flagOf, readConfig, variableOf } from './config.ts'

describe('the configuration', () => {
  test('takes a flag before a variable, and a variable before the default', () => {
    const env = { SLIPWAY_PORT: '1000', SLIPWAY_SCORING_PORT: '2000' }
    const config = readConfig(['--port', '3000'], env)
    expect([config.port, config.scoringPort, config.host]).toEqual([3000, 2000, '127.0.0.1'])
  })

  test('takes a value after an equals sign, which may hold another one', () => {
    expect(readConfig(['--database=postgres://u:p@h/d?x=y'], {}).database).toBe('postgres://u:p@h/d?x=y')
  })

  test('takes an empty variable as absent', () => {
    const env = { SLIPWAY_PORT: '', SLIPWAY_HOST: ' ', SLIPWAY_S3_ENDPOINT: '' }
    const { port, host, s3Endpoint } = readConfig([], env)
    expect([port, host, s3Endpoint]).toEqual([8800, '127.0.0.1', undefined])
  })

  test.each([
    { argv: ['--port', ''], message: /^--port needs a value$/ },
    { argv: ['--host='], message: /^--host needs a value$/ },
    { argv: ['--port', '70000'], message: /^--port must be at most 65535 \("70000"\)$/ },
    { argv: ['--scoring-port', 'eighty'], message: /^--scoring-port must be a number \("eighty"\)$/ },
    { argv: ['--prot', '1'], message: /no --prot/ },
    { argv: ['--data'], message: /--data needs a value/ },
    { argv: ['stray'], message: /no stray/ },
    { argv: ['--output', 'xml'], message: /^--output must be text or json \("xml"\)$/ },
    { argv: ['--public-scoring-url', 'models.example.org'], message: /--public-scoring-url/ },
  ])('refuses $argv', ({ argv, message }) => {
    expect(() => readConfig(argv, {})).toThrow(message)
  })

  test.each([
    { argv: ['--tls-cert', 'c.pem'], message: /^--tls-cert and --tls-key go together/ },
    { argv: ['--plain-scoring-port', '80'], message: /^--plain-scoring-port stands beside a port with TLS/ },
    {
      argv: ['--role', 'gateway', '--api', 'http://api'],
      message: /^--role gateway needs --api and --token-file/,
    },
    {
      argv: ['--state', 's', '--api', 'http://api'],
      message: /^--api, --state is for --role gateway \(all\)$/,
    },
    {
      argv: ['--role', 'api,reconcile', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'],
      message: /^--tls-cert, --tls-key is for a scoring port/,
    },
    {
      argv: ['--role', 'gateway', '--api', 'http://api', '--token-file', 't', '--database', 'postgres://db'],
      message: /^--database is for the API/,
    },
    { argv: ['--role', 'api,reconcile'], message: /needs --public-scoring-url/ },
    { argv: ['--role', 'api'], message: /^--role must be all, api,reconcile or gateway \("api"\)$/ },
  ])('refuses $argv, which do not go together', ({ argv, message }) => {
    expect(() => readConfig(argv, {})).toThrow(message)
  })

  test.each([
    { argv: ['--tls-cert', 'c.pem', '--tls-key', 'k.pem', '--plain-scoring-port', '0'] },
    { argv: ['--role', 'gateway', '--api', 'http://api', '--token-file', 'token', '--state', 's'] },
    { argv: ['--role', 'api,reconcile', '--public-scoring-url', 'https://models.example.org'] },
  ])('takes $argv', ({ argv }) => {
    expect(readConfig(argv, {})).toBeDefined()
  })

  test('has a flag and a variable of its own for every setting, all in the help', () => {
    const help = configHelp()
    for (const key of configKeys) {
      expect(help).toContain(flagOf(key))
      expect(help).toContain(variableOf(key))
    }
    expect(new Set(configKeys.map(variableOf)).size).toBe(configKeys.length)
  })
})
