import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ATTACK_KINDS } from '../../../cdk/cli/world/attacks/kinds.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../../cdk/cli/world/options.ts'
import { createWorld } from '../../../cdk/cli/world/world.ts'
import { bodyOf } from './read-drops.ts'

/** Of unpacked drops: the libraries that pack may change their bytes. */
function digestOf(options: Partial<WorldOptions>): string {
  const world = createWorld({ ...WORLD_DEFAULTS, ...options })
  const hash = createHash('sha256')
  for (const drop of world.drops())
    hash.update(`${drop.arrivalMs} ${drop.kind} ${drop.name}\n`).update(bodyOf(drop))
  for (const truth of world.truth()) hash.update(JSON.stringify(truth))
  return hash.digest('hex')
}

test.each([
  [
    'with cheats',
    { days: 2, users: 60, items: 40 },
    '14fe8affe6f730a502822f34da472752e4545be19db901e2ad0f8a1d0b3dcc72',
  ],
  [
    'with attacks',
    { days: 3, users: 300, items: 60, seed: 2, attacks: ATTACK_KINDS, dropMinutes: 10 },
    '3bbfaf9894eb07c06318eef075969d50160457ad65586b4996bf6ee9febbbbcc',
  ],
])('The feed of a seed keeps its bytes, %s', (_what, options, digest) => {
  expect(digestOf(options)).toBe(digest)
})
