/** What all keys are made of. Digits are padded so that the order of keys is the order of time. */

export const padPart = (n: number): string => String(n).padStart(5, '0')
/** Sources of regular expressions, for the twins that take keys apart. */
export const SCENE = '([a-z][a-z0-9-]{0,23})'
export const DATE = '(\\d{4}-\\d{2}-\\d{2})'
export const DIGEST = '([0-9a-f]{16,64})'
