/** A half-open interval of event time. */
export interface Window {
  fromMs: number
  throughMs: number
}

/** The window of all events, past and to come. The end is the last millisecond of the year 9999. */
export const ALWAYS: Window = { fromMs: 0, throughMs: 253_402_300_799_999 }

export const isAlways = ({ fromMs, throughMs }: Window): boolean =>
  fromMs <= ALWAYS.fromMs && throughMs >= ALWAYS.throughMs

export const overlap = (a: Window, b: Window): boolean =>
  a.fromMs < b.throughMs && b.fromMs < a.throughMs

export const contains = (outer: Window, inner: Window): boolean =>
  outer.fromMs <= inner.fromMs && inner.throughMs <= outer.throughMs

/** Groups of windows that overlap or touch, in order of time. */
export function joinWindows<W extends Window>(windows: readonly W[]): W[][] {
  const groups: W[][] = []
  let throughMs = Number.NEGATIVE_INFINITY
  for (const window of [...windows].sort(
    (a, b) => a.fromMs - b.fromMs || a.throughMs - b.throughMs,
  )) {
    if (groups.length === 0 || window.fromMs > throughMs) groups.push([window])
    else groups.at(-1)!.push(window)
    throughMs = Math.max(throughMs, window.throughMs)
  }
  return groups
}

/** The smallest window that contains all of a non-empty list. */
export const hullOf = (windows: readonly Window[]): Window => ({
  fromMs: windows.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY),
  throughMs: windows.reduce(
    (most, { throughMs }) => Math.max(most, throughMs),
    Number.NEGATIVE_INFINITY,
  ),
})

/** A row cut by a window: the part inside of it, and what is left before and after it. */
export function cutWindow<W extends Window>(row: W, by: Window): { inside: W[]; outside: W[] } {
  if (!overlap(row, by)) return { inside: [], outside: [row] }
  const fromMs = Math.max(row.fromMs, by.fromMs)
  const throughMs = Math.min(row.throughMs, by.throughMs)
  const outside = [
    { ...row, throughMs: fromMs },
    { ...row, fromMs: throughMs },
  ].filter((part) => part.fromMs < part.throughMs)
  return { inside: [{ ...row, fromMs, throughMs }], outside }
}
