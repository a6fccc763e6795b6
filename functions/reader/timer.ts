/** Calls `run` after `ms` milliseconds; returns a function that cancels the call. */
export type Timer = (run: () => void, ms: number) => () => void
