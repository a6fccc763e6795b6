import { describe, expect, test } from 'vitest'
import { type Proposal, propose } from '../../cdk/cli/infer/propose.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

const NOW_MS = DAY0_MS + 400 * 86_400_000
const scene = makeScene()
const proposed = (path: string, body: string | Uint8Array): Promise<Proposal> =>
  propose({ path, bytes: Buffer.from(body as string), nowMs: NOW_MS, scene })
const rows = (count: number, row: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => row(n)).join('\n')
const seconds = (n: number): number => DAY0_MS / 1000 + n * 613
const iso = (n: number): string => new Date(DAY0_MS + n * 613_000).toISOString()
const user = (n: number): number => (n * 7) % 23
const item = (n: number): number => (n * 5) % 31
const sureOf = ({ guesses }: Proposal): string[] =>
  guesses.filter(({ isSure }) => isSure).map(({ part }) => part)
const saysOf = ({ guesses }: Proposal, part: string): string =>
  guesses.find((guess) => guess.part === part)?.says ?? ''

describe('Users, items and ids', () => {
  test('A unique key per row is proposed as the event id', async () => {
    const { mapping } = await proposed(
      'hits.csv',
      `id,member_hash,contentId,ts,clicked\n${rows(90, (n) => `${10n ** 18n + BigInt(n)},m${user(n)},c${item(n)},${seconds(n)},${n % 4 ? 0 : 1}`)}`,
    )
    expect(mapping).toMatchObject({ eventId: 'id', user: 'member_hash', item: 'contentId' })
  })

  test('A data frame index is not taken as user or item', async () => {
    const { mapping } = await proposed(
      'frame.csv',
      `,shopper,thing,seen_on,did\n${rows(80, (n) => `${n},s${user(n)},t${item(n)},${iso(n)},${n % 5 ? 0 : 1}`)}`,
    )
    expect(mapping).toMatchObject({ user: 'shopper', item: 'thing', time: { column: 'seen_on' } })
    expect(JSON.stringify(mapping)).not.toContain('column_1')
  })

  test('A guess between similar columns is unsure and names the alternative', async () => {
    const found = await proposed(
      'two.csv',
      `customer_id,member_id,item_id,ts,clicked\n${rows(80, (n) => `c${user(n)},m${user(n + 3)},i${item(n)},${seconds(n)},${n % 3 ? 0 : 1}`)}`,
    )
    expect(sureOf(found)).not.toContain('user')
    expect(saysOf(found, 'user')).toContain('member_id may be meant')
  })

  test.each(['NA', '\\N', '(not set)', 'null', '0'])(
    'The value %s in a user column means no user',
    async (word) => {
      const found = await proposed(
        'views.csv',
        `session_id,user_id,item_id,ts,event\n${rows(120, (n) => `s${user(n)},${n % 5 < 3 ? word : `u${user(n)}`},i${item(n)},${seconds(n)},${n % 6 ? 'view' : 'click'}`)}`,
      )
      expect(found.mapping).toMatchObject({
        missing: [word],
        user: { firstOf: ['user_id', 'session_id'] },
      })
      expect(sureOf(found)).not.toContain('user')
    },
  )

  test('Nothing is proposed when no column looks like a user or item', async () => {
    const found = await proposed(
      'features.csv',
      `label,I1,I2,C1,C2\n${rows(90, (n) => `${n % 4 ? 0 : 1},${n % 7},${n % 11},${(n * 77) % 13}a,${(n * 31) % 17}b`)}`,
    )
    expect(found).toMatchObject({ kind: 'none', mapping: null, scene: null })
    expect(sureOf(found)).toEqual([])
  })

  test('A file with one row per item is a catalogue', async () => {
    const found = await proposed(
      'things.csv',
      `sku,title,category,price\n${rows(60, (n) => `k${n},Thing ${n},c${n % 4},${n}.5`)}`,
    )
    expect(found).toMatchObject({ kind: 'catalogue', mapping: null })
    expect(found.written).toMatchObject({ items: { id: 'sku', text: 'title' } })
  })
})

describe('Times', () => {
  test.each([
    ['a constant', (_: number) => '1700000000'],
    ['a year to come', (n: number) => String(4_147_689_016 + n)],
    ['an id of nine digits', (n: number) => String(940_000_000 + user(n) * 613)],
    ['an id of nineteen digits', (n: number) => String(1_000_000_000_000_000_000n + BigInt(n))],
  ])('Inference does not read %s as a time', async (_, value) => {
    const { mapping } = await proposed(
      'log.csv',
      `ref,user_id,item_id,clicked\n${rows(90, (n) => `${value(n)},u${user(n)},i${item(n)},${n % 4 ? 0 : 1}`)}`,
    )
    expect(mapping!.time.column).toBeUndefined()
  })

  test.each([
    ['yyyyMMddHHmmssSSS', (n: number) => iso(n).replace(/[-:TZ.]/g, '')],
    [
      'yyMMddHH',
      (n: number) =>
        iso(n * 9)
          .replace(/[-T]/g, '')
          .slice(2, 10),
    ],
    ['M/d/yyyy h:mm:ss a', (n: number) => american(n)],
    ['EEE MMM dd HH:mm:ss XXX yyyy', (n: number) => twitter(n)],
  ])('Inference reads the time pattern %s', async (pattern, value) => {
    const found = await proposed(
      'log.tsv',
      `when\tuser\titem\tclicked\n${rows(400, (n) => `${value(n)}\tu${user(n)}\ti${item(n)}\t${n % 4 ? 0 : 1}`)}`,
    )
    expect(found.mapping!.time).toMatchObject({ column: 'when', pattern })
    expect(sureOf(found)).toContain('time')
  })

  test('A date column and a time column form one time', async () => {
    const found = await proposed(
      'E1.log',
      `#Version: 1.0\n#Fields: date time c-ip cs-uri-stem cs(User-Agent)\n${rows(90, (n) => `${iso(n).slice(0, 10)}\t${iso(n).slice(11, 19)}\t10.0.0.${user(n)}\t/p/${item(n)}.html\tMozilla/5.0%20(X11)`)}`,
    )
    expect(found.mapping).toMatchObject({
      header: 'fields',
      time: { column: ['date', 'time'], unit: 'iso' },
      user: ['c-ip', 'cs(User-Agent)'],
      item: 'cs-uri-stem',
    })
    expect(sureOf(found)).toContain('time')
  })
})

const american = (n: number): string => {
  const date = new Date(DAY0_MS + n * 6_130_000)
  const hour = date.getUTCHours()
  const clock = `${hour % 12 || 12}:${date.toISOString().slice(14, 19)} ${hour < 12 ? 'AM' : 'PM'}`
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock}`
}
const twitter = (n: number): string =>
  new Date(DAY0_MS + n * 613_000)
    .toUTCString()
    .replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 +0000 $4')

describe('Labels and events', () => {
  test('Each label becomes an outcome, and columns that reveal it are excluded', async () => {
    const found = await proposed(
      'videos.csv',
      `user_id,item_id,click,like,watching_times,tab\n${rows(200, (n) => `${user(n)},${item(n)},${n % 3 ? 0 : 1},${n % 12 ? 0 : 1},${n % 3 ? 0 : n % 5},${n % 4}`)}`,
    )
    expect(found.mapping).toMatchObject({
      label: [
        { column: 'click', positive: ['1'] },
        { column: 'like', positive: ['1'], outcome: 'like' },
      ],
      context: { tab: 'tab' },
    })
    expect(saysOf(found, 'left out')).toContain('watching_times')
    expect(found.scene!.outcomes).toHaveProperty('like')
  })

  test('Orders become positives, and their scene samples negatives', async () => {
    const found = await proposed(
      'orders.csv',
      `order_id,customer_id,product_id,ordered_at\n${rows(90, (n) => `o${n >> 1},c${user(n)},p${item(n)},${seconds(n)}`)}`,
    )
    expect(found.mapping).toMatchObject({ everyRow: 'purchase' })
    expect(found.scene).toMatchObject({
      objective: 'purchase',
      sampling: { negativeRate: 1, negatives: { perPositive: 4 } },
    })
  })

  test('Ratings are not read as Personalize interactions', async () => {
    const found = await proposed(
      'ratings.csv',
      `USER_ID,ITEM_ID,RATING,TIMESTAMP\n${rows(90, (n) => `${user(n)},${item(n)},${1 + (n % 5)},${seconds(n)}`)}`,
    )
    expect(found).toMatchObject({
      kind: 'mapping',
      format: null,
      mapping: { label: { column: 'RATING', atLeast: 4 } },
    })
  })

  test.each([
    [
      'a suffix',
      '\t',
      (n: number) => `${n}\tU${user(n)}\t${iso(n)}\tN1-0 N${item(n)}-1 N9-0`,
      { labelSuffix: '-' },
    ],
    [
      'a list beside it',
      '{',
      (n: number) =>
        JSON.stringify({
          at: iso(n),
          user: `u${user(n)}`,
          items: [`a${item(n)}`, 'b', 'c'],
          labels: [n % 2, 0, 0],
        }),
      { labels: 'labels' },
    ],
    [
      'a list of those chosen',
      '{',
      (n: number) =>
        JSON.stringify({
          at: iso(n),
          user: `u${user(n)}`,
          results: [`a${item(n)}`, 'b', 'c'],
          clicked: n % 2 ? ['b'] : [],
        }),
      { chosen: 'clicked' },
    ],
  ])('A row is a slate whose labels are %s', async (_, __, row, slate) => {
    const found = await proposed('slates.log', rows(80, row))
    expect(found.mapping).toMatchObject({ slate })
    expect(sureOf(found)).toContain('slate')
  })

  test('In a headerless log, user, item, event and time columns are found', async () => {
    const found = await proposed(
      'behaviour.csv',
      rows(
        200,
        (n) =>
          `${user(n)},${2_000_000 + item(n)},${140_000 + (n % 9)},${['pv', 'pv', 'pv', 'cart', 'fav', 'buy'][n % 6]},${seconds(n)}`,
      ),
    )
    expect(found.mapping).toMatchObject({
      user: 'column_1',
      item: 'column_2',
      event: {
        column: 'column_4',
        impressions: ['pv'],
        outcomes: { cart: 'add_to_cart', fav: 'favorite', buy: 'purchase' },
      },
      time: { column: 'column_5', unit: 'seconds' },
    })
    expect(sureOf(found)).toEqual([])
  })
})

describe('File layouts', () => {
  test('Windows-1252, blank separators and double colons are detected', async () => {
    const western = `"User-ID";"Title";"Book-Rating"\n${rows(90, (n) => `"${user(n)}";"Caf\u00e9 ${item(n)}";"${n % 11}"`)}`
    const found = await proposed('books.csv', Buffer.from(western, 'latin1'))
    expect(found.mapping).toMatchObject({
      encoding: 'windows-1252',
      separator: ';',
      user: 'User-ID',
    })
    expect(sureOf(found)).toContain('encoding')
    for (const [separator, sign] of [
      ['blanks', '  '],
      ['::', '::'],
    ])
      expect(
        (
          await proposed(
            'u.dat',
            rows(90, (n) => [user(n), item(n), 1 + (n % 5), seconds(n)].join(sign)),
          )
        ).mapping,
      ).toMatchObject({
        separator,
        user: 'column_1',
        item: 'column_2',
        label: { column: 'column_3', atLeast: 4 },
      })
  })

  test('The proposed scene has a feature for everything that the mapping reads', async () => {
    const { mapping, scene: own } = await proposed(
      'log.csv',
      `ts,user_id,item_id,clicked,device,category,age\n${rows(90, (n) => `${seconds(n)},u${user(n)},i${item(n)},${n % 4 ? 0 : 1},${n % 2 ? 'phone' : 'desk'},c${n % 3},${20 + (n % 7)}`)}`,
    )
    expect(mapping).toMatchObject({
      context: { device: 'device' },
      itemAttributes: { category: 'category' },
      userAttributes: { age: 'age' },
    })
    const sources = sceneSchema
      .parse(own)
      .features.flatMap((feature) => (feature.kind === 'category' ? [feature.of] : []))
    expect(sources).toEqual(
      expect.arrayContaining(['user.id', 'item.id', 'context.device', 'item.category', 'user.age']),
    )
    expect(sources).not.toContain('impression.position')
  })
})
