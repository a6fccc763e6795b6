import type { ScreenedEvents } from './events.ts'

/** A function of events whose result is made once and kept as long as the events are. */
export function onceFor<T extends object>(make: (events: ScreenedEvents) => T) {
  const made = new WeakMap<ScreenedEvents, T>()
  return (events: ScreenedEvents): T => {
    const before = made.get(events)
    if (before) return before
    const result = make(events)
    made.set(events, result)
    return result
  }
}
