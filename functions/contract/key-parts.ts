/** Parts that all keys share. Digits are padded so that keys sort by time. */

export const padPart = (n: number): string => String(n).padStart(5, '0')
/** Sources of the regular expressions that parse keys. */
export const SCENE = '([a-z][a-z0-9-]{0,23})'
export const DATE = '(\\d{4}-\\d{2}-\\d{2})'
export const DIGEST = '([0-9a-f]{16,64})'
