import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { measureRun } from '../../cdk/cli/cost/measured.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { UsageError } from '../../cdk/cli/errors.ts'
import { parseFreshOptions } from '../../cdk/cli/fresh/options.ts'
import { infer, parseInfer } from '../../cdk/cli/infer/infer.ts'
import { readFlags, requestOf } from '../../cdk/cli/operate/request.ts'
import { VERBS } from '../../cdk/cli/operate/verbs.ts'
import { claimFolder } from '../../cdk/cli/out-folder.ts'
import { parsePackOptions } from '../../cdk/cli/pack-reader/options.ts'
import { sliceLogs } from '../../cdk/cli/replay/slices.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { ConfigurationError, readDeployment, readScene } from '../../cdk/config.ts'
import { at, directory, EVENT, events, file, OPERATE, out, run, start, up } from './wrong-folder.ts'

const MAPPING =
  '{"time":{"column":"t","unit":"iso"},"user":"u","item":"i","label":{"column":"l","positive":["1"]}}'
const packed = gzipSync(EVENT.repeat(2000))
const table = file('table.csv', 'u,i,t,l\na,b,2026-01-01T00:00:00Z,1\n')
const mapping = file('mapping.json', MAPPING)
const broken = file('broken.json', '{ "a"')
const empty = file('empty.jsonl', '')
const truncated = file('truncated.jsonl.gz', packed.subarray(0, 100))
const plain = file('plain.jsonl.gz', EVENT)
const binary = file(
  'binary.jsonl',
  Uint8Array.from({ length: 3000 }, (_, i) => 128 + (i % 128)),
)
const prose = file('prose.log', 'nothing but words\n')
const guide = file('guide.md', 'nothing but words\n')
const foreign = directory('foreign')
file('foreign/notes.txt', 'mine')
const bare = directory('bare')
const logsOf = (path: string, ...argv: string[]) =>
  start('--logs', path, '--format', 'jsonl', ...argv)!.logs!
const slice = (path: string, ...argv: string[]) => sliceLogs(logsOf(path, ...argv), out)
const fresh = (...argv: string[]) => parseFreshOptions(['--out', out, ...argv])
const verb = (name: string, ...words: string[]) =>
  requestOf(VERBS[name]!, readFlags(VERBS[name]!, words)!, '2026-01-05T00:00:00Z')
const deployment = (context: Record<string, unknown>) => readDeployment((key) => context[key])
const inferOf = async (...argv: string[]) =>
  infer(parseInfer(['--infer', ...argv])!, Date.parse('2026-06-01'))
/** What a person does wrong, and the sentence that helps. */
const CASES: readonly (readonly [string, () => unknown, RegExp])[] = [
  // npm start: flags
  ['start: a flag that is none', () => start('--nonsense'), /--nonsense.*npm start -- --help/],
  ['start: a stray word', () => start('stray'), /stray/],
  ['start: a flag without its value', () => start('--seed'), /--seed.*argument missing/],
  ['start: text for a number', () => start('--days', 'many'), /--days many: .* from 1 to 366/],
  ['start: a number out of bounds', () => start('--items', '3'), /--items 3: .* from 10 to/],
  ['start: --anyway without logs', () => start('--anyway'), /--anyway needs --logs <file/],
  ['start: --from without logs', () => start('--from', '2026-01-01'), /--from needs --logs/],
  ['start: a date that is none', () => logsOf(events, '--from', '2026-02-30'), /2026-02-30/],
  [
    'start: days in the wrong order',
    () => logsOf(events, '--from', '2026-01-02', '--to', '2026-01-01'),
    /--from 2026-01-02 is after --to 2026-01-01/,
  ],
  [
    'start: flags of both worlds',
    () => logsOf(events, '--users', '5'),
    /--users belongs to the seeded world/,
  ],
  [
    'start: a format that is none',
    () => start('--logs', events, '--format', 'xml'),
    /--format xml: expected one of jsonl/,
  ],
  // npm start: folders
  ['start: --out is a file', () => start('--out', table), /table.csv: is a file, not a folder/],
  ['start: --out below a file', () => start('--out', join(table, 'x')), /table.csv is a file/],
  ['start: --out below a device', () => start('--out', '/dev/null/x'), /\/dev\/null is a file/],
  ['start: --out is empty text', () => start('--out', ''), /--out is empty: expected a folder/],
  ['start: --out holds files of another', () => start('--out', foreign), /name an empty folder/],
  [
    'start: --out where no folder can be made',
    () => claimFolder('/proc/none/x', 'npm start'),
    /cannot be written to \(.*'\/proc\/none'\)/,
  ],
  // npm start: scenes, mappings, results of fresh
  ['scene: a name that is none', () => start('--scene', 'shop'), /--scene shop: expected one of/],
  ['scene: a file that is no JSON', () => start('--scene', broken), /expected a scene as JSON/],
  ['scene: JSON that is no scene', () => start('--scene', mapping), /mapping.json: \w+: /],
  ['scene: a file that is not there', () => readScene(at('no.json')), /no such file/],
  [
    'mapping: none for csv',
    () => start('--logs', table, '--format', 'csv'),
    /--format csv needs --mapping <file>; npm start -- --infer .*table.csv writes/,
  ],
  [
    'mapping: for jsonl',
    () => logsOf(events, '--mapping', mapping),
    /--mapping: expected --format csv/,
  ],
  [
    'mapping: a folder',
    () => start('--logs', table, '--format', 'csv', '--mapping', bare),
    /expected a mapping as JSON: EISDIR/,
  ],
  [
    'mapping: no JSON',
    () => start('--logs', table, '--format', 'csv', '--mapping', broken),
    /broken.json: expected a mapping as JSON/,
  ],
  ['fresh.json: not there', () => start('--fresh', at('no.json')), /no.json: no such file/],
  [
    'fresh.json: another file',
    () => start('--fresh', mapping),
    /the file is not a result of npm run fresh/,
  ],
  // logs
  ['logs: not there', () => logsOf(at('none')), /none: no such file or folder/],
  [
    'logs: a folder without any',
    () => slice(bare),
    /expected an event log of the format jsonl, found none/,
  ],
  ['logs: an empty file', () => slice(empty), /empty.jsonl: expected records, found none$/],
  [
    'logs: nothing between the days',
    () => slice(events, '--to', '2020-01-01'),
    /expected records, found none between --from and --to/,
  ],
  ['logs: a truncated gzip', () => slice(truncated), /cannot be read to its end .*ends too early/],
  ['logs: plain text named .gz', () => slice(plain), /promises gzip, the bytes are plain/],
  ['logs: binary', () => slice(binary), /none of its \d+ lines .*not UTF-8/],
  ['logs: another format', () => slice(prose), /none of its 1 lines has one.*not JSON/],
  ['logs: a document', () => slice(guide), /guide.md: got a document, expected a log/],
  ['logs: a device', () => slice('/dev/null'), /\/dev\/null: expected an event log/],
  [
    'validate: a folder without logs',
    () => profileLogs(logsOf(bare), 0),
    /expected an event log of the format jsonl, found none/,
  ],
  // npm start -- --infer
  ['infer: no file', () => inferOf(at('none')), /--infer .*none: no such file/],
  ['infer: a folder', () => inferOf(bare), /expected a file, got a folder; name one of its files/],
  [
    'infer: binary',
    () => inferOf(binary, '--out', at('m.json')),
    /no line of it can be read as text/,
  ],
  [
    'infer: a document',
    () => inferOf(guide, '--out', at('m.json')),
    /guide.md: got a document, expected a log/,
  ],
  ['infer: prose', () => inferOf(prose, '--out', at('m.json')), /expected a table \(lines cut by/],
  [
    'infer: over a file that stands',
    () => inferOf(table),
    /the file exists already and stays as it is/,
  ],

  [
    'infer: into a folder that is not there',
    () => inferOf(table, '--out', join(at('none'), 'm.json')),
    /m.json: its folder does not exist/,
  ],
  // npm run up
  ['up: a clock without its x', () => up('--clock', '60'), /--clock 60: .*such as 60x/],
  ['up: a start that is no time', () => up('--start', 'monday'), /--start monday: expected a time/],
  ['up: a port that is none', () => up('--port', '99999'), /--port 99999: .* from 1 to 65535/],
  ['up: a world flag alone', () => up('--users', '5'), /--users needs --world/],
  // npm run fresh
  ['fresh: no seeds', () => fresh('--seeds', '0'), /--seeds 0: expected a whole number from 1/],
  ['fresh: a drift too strong', () => fresh('--drift', '1,9'), /--drift 1,9: expected numbers/],
  ['fresh: no MovieLens', () => fresh('--movielens', at('none')), /--movielens .*: no such folder/],
  ['fresh: --out below a file', () => fresh('--out', '/dev/null/x'), /\/dev\/null is a file/],
  // npm run cost
  [
    'cost: a Region without prices',
    () => readPrices('mars-1'),
    /--region mars-1: expected a Region with prices/,
  ],
  ['cost: no summary', () => measureRun(at('none')), /--summary .*: no such file/],
  ['cost: another summary', () => measureRun(mapping), /--summary .*: formatVersion: /],
  // the operator's verbs
  [
    'pack: another flag',
    () => parsePackOptions(['--to', 'x']),
    /^Unknown option '--to'; see npm run/,
  ],
  [
    'pack: a foreign folder',
    () => parsePackOptions(['--out', foreign]),
    /that no earlier run wrote/,
  ],
  ['verb: no scene', () => verb('lineage'), /--scene is missing/],
  ['verb: a stray word', () => verb('explain', 'stray'), /Unexpected argument 'stray'/],
  ['verb: no reason', () => verb('rollback', '--scene', 'feed'), /--reason is missing/],
  [
    'verb: no sequence number',
    () => verb('explain', '--scene', 'feed', '--sequence', 'last'),
    /--sequence last: expected the sequence number of a release/,
  ],
  [
    'verb: no tier',
    () => verb('run', '--scene', 'feed', '--tier', 'yearly'),
    /--tier yearly: expected one of full, daily, hourly/,
  ],
  [
    'verb: no time',
    () => verb('run', '--scene', 'feed', '--tier', 'full', '--at', 'now'),
    /--at now: expected a time such as/,
  ],
  [
    'verb: a day that is none',
    () => verb('run', '--scene', 'feed', '--tier', 'full', '--at', '2026-02-30T00:00:00Z'),
    /--at 2026-02-30T00:00:00Z: expected a time such as/,
  ],
  [
    'verb: too many lines',
    () => verb('lineage', '--scene', 'feed', '--limit', '5000'),
    /--limit 5000: expected 1 to 200 lines/,
  ],
  ['verb: no person', () => verb('erase'), /^expected either --user or --hash; see npm run erase/],
  [
    'verb: a person of every scene by hash',
    () => verb('erase', '--hash', 'ab'.repeat(16)),
    /^--hash needs --scene/,
  ],
  [
    'verb: a hash that is none',
    () => verb('erase', '--scene', 'feed', '--hash', 'jane'),
    /--hash jane: expected 32 hex digits/,
  ],
  // npx cdk synth
  ['synth: no scene', () => deployment({}), /expected at least one scene/],
  ['synth: another scene', () => deployment({ scenes: 'shop' }), /expected names from cdk\/scenes/],
  ['synth: one twice', () => deployment({ scenes: 'feed,feed' }), /got "feed" twice/],
  [
    'synth: a setting out of bounds',
    () => deployment({ scenes: 'feed', rawRetentionDays: '0' }),
    /context: rawRetentionDays: .*got "0"/,
  ],
  [
    'synth: prod unprotected',
    () => deployment({ scenes: 'feed', environment: 'prod', isProtected: 'false' }),
    /isProtected: prod is always protected/,
  ],
]
const KEYS = { AWS_ACCESS_KEY_ID: 'anybody', AWS_SECRET_ACCESS_KEY: 'none' }
const LINEAGE = ['--scene', 'feed', '--lake', 'a', '--models', 'b', '--registry', 'c']
const REGION = { AWS_REGION: 'us-east-1' }
const DEAF = { ...REGION, ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
const PROCESSES: readonly [string, string, string[], object, number, RegExp][] = [
  ['start', 'cdk/cli/start.ts', ['--out', table], {}, 2, /is a file, not a folder/],
  ['validate', 'cdk/cli/validate.ts', [], {}, 2, /--logs is missing; see npm run validate/],
  ['fresh', 'cdk/cli/fresh.ts', ['--out', table], {}, 2, /is a file, not a folder/],
  ['cost', 'cdk/cli/cost.ts', [], {}, 2, /--events-per-day is missing/],
  ['a full disk', 'cdk/cli/cost.ts', ['--save', '/dev/full'], {}, 2, /cannot be written: ENOSPC/],
  ['check-lineage', 'cdk/cli/check-lineage.ts', LINEAGE, {}, 1, /no Region is set: set AWS_REGION/],
  ['no Region', OPERATE, ['explain', '--scene', 'feed'], {}, 1, /no Region is set/],
  ['no credentials', OPERATE, ['explain', '--scene', 'feed'], REGION, 1, /set AWS_PROFILE, or/],
  ['no endpoint', OPERATE, ['explain', '--scene', 'feed'], DEAF, 1, /check AWS_ENDPOINT_URL/],
  ['no such verb', OPERATE, ['undo'], {}, 2, /undo: expected one of lineage, explain/],
]

describe('Wrong use', () => {
  test.each(CASES)('Wrong use is refused in one sentence: %s', async (_title, use, sentence) => {
    const refused: unknown = await Promise.resolve()
      .then(use)
      .then(
        () => 'it was accepted',
        (error) => error,
      )
    const isAskedWrongly = [UsageError, ConfigurationError].some((kind) => refused instanceof kind)
    expect(isAskedWrongly, String(refused)).toBe(true)
    expect((refused as Error).message).toMatch(sentence)
    expect((refused as Error).message).not.toContain('\n')
    for (const made of [out, at('m.json')]) expect(existsSync(made), made).toBe(false)
  })

  test('Each command ends wrong use with one sentence and a nonzero code', async () => {
    const ended = await Promise.all(
      PROCESSES.map(([, command, argv, env]) => run(command, argv, env)),
    )
    for (const [i, [title, , , , code, sentence]] of PROCESSES.entries()) {
      expect(ended[i], title).toMatchObject({ code, said: '' })
      expect(ended[i]!.err, title).toMatch(sentence)
      expect(ended[i]!.err.trimEnd(), title).not.toContain('\n')
    }
  }, 420_000)

  test('Unreadable logs of a new run leave earlier results untouched', async () => {
    const held = at('held')
    claimFolder(held, 'npm start')
    writeFileSync(join(held, 'summary.json'), '{}')
    rmSync(join(held, '.quartermaster-lock'))
    const argv = ['--logs', truncated, '--format', 'jsonl', '--out', held]
    const { code, err } = await run('cdk/cli/start.ts', argv)
    expect(code).toBe(2)
    expect(err).toMatch(/^\S+truncated.jsonl.gz: cannot be read to its end .*\n$/)
    expect(readdirSync(held).sort()).toEqual(['.gitignore', '.quartermaster-out', 'summary.json'])
  }, 30_000)
})
