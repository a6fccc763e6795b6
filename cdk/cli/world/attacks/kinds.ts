/** Attacks on training. Each is a function in the file of its name. */
export const ATTACKS = [
  'click-farm',
  'lockstep-promotion',
  'draining',
  'panel',
  'replay-jitter',
  'hijack',
  'camouflage',
  'slow-drip',
  'stuffing',
  'quick-clicks',
  'cookie-like',
  'orphans',
  'poisoned-hour',
] as const

/** Honest people who look like an attack. */
export const LOOK_ALIKES = ['classroom', 'flash-crowd', 'power-users', 'cat'] as const

export const ATTACK_KINDS = [...ATTACKS, ...LOOK_ALIKES] as const
export type AttackKind = (typeof ATTACK_KINDS)[number]
export const isLookAlike = (kind: string): boolean =>
  (LOOK_ALIKES as readonly string[]).includes(kind)
