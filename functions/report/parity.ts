import { parityDatePrefix, parityPrefix, parseParityKey } from '../contract/keys.ts'
import {
  equalPercent,
  excusedPercent,
  type FeatureParity,
  type Parity,
  parityAccountSchema,
  sumParity,
} from '../contract/parity.ts'
import { DAY_MS } from '../contract/time.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { escapeHtml, table } from './document.ts'
import { formatNumber } from './format.ts'

const paritySchema = parityAccountSchema.shape.features

/** The parity of a scene by feature, over the accounts since an instant. */
export async function collectParity(
  lake: ObjectStore,
  scene: string,
  sinceMs: number,
): Promise<Parity> {
  const after = sinceMs > 0 ? parityDatePrefix(scene, sinceMs - DAY_MS) : undefined
  const keys = (await lake.list(parityPrefix(scene), after && `${after}~`))
    .map(({ key }) => key)
    .filter((key) => parseParityKey(key)!.scheduledMs >= sinceMs)
  const accounts = await readEach(keys, (key) => getJson(lake, key, parityAccountSchema))
  return sumParity(accounts)
}

const percent = (share: number | null): string | null =>
  share === null ? null : `${(Math.floor(share * 1000) / 1000).toFixed(3)} %`

/** Hours of age with the greatest number of values, and the oldest. */
function describeAges({ byAge }: FeatureParity): string {
  const ages = Object.entries(byAge)
    .filter(([age]) => age !== 'none')
    .map(([age, { values }]) => [Number(age), values] as const)
    .sort(([a], [b]) => a - b)
  if (ages.length === 0) return 'before the first closing'
  const all = ages.reduce((sum, [, values]) => sum + values, 0)
  let seen = 0
  const median = ages.find(([, values]) => {
    seen += values
    return 2 * seen >= all
  })!
  return `${median[0]} h, at most ${ages.at(-1)![0]} h`
}

const rowOf = (name: string, parity: FeatureParity) => [
  name,
  parity.values,
  percent(equalPercent(parity)),
  percent(excusedPercent(parity)),
  ...[parity.missing, parity.extra, parity.different, parity.late],
  describeAges(parity),
]

function drawScene(scene: string, parity: Parity): string {
  const rows = Object.entries(parity).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return ''
  const values = rows.reduce((sum, [, own]) => sum + own.values, 0)
  const head = ['feature', 'values', 'equal', 'equal or late', 'missing', 'extra', 'different']
  return `<p>${escapeHtml(scene)}: ${formatNumber(values)} values that were served, beside the values that samples have at the same instants. The age is that of the newest closed hour in the values.</p>
${table(
  [...head, 'late', 'age'],
  rows.map(([name, own]) => rowOf(name, own)),
)}`
}

/** One table a scene. Empty where no cells were logged. */
export const drawParity = (byScene: Readonly<Record<string, unknown>>): string =>
  Object.entries(byScene)
    .map(([scene, parity]) => drawScene(scene, paritySchema.parse(parity)))
    .join('')
