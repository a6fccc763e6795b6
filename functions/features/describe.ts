import type { Feature } from '../contract/features.ts'

/** A feature in one line, as operators read it: `rate of click by item in 24 h, prior 0.1 × 10`. */
export function describeFeature(feature: Feature): string {
  const {
    name: _name,
    kind,
    nearLine: _nearLine,
    ...fields
  } = feature as Feature & {
    nearLine?: boolean
  }
  const all = fields as Record<string, string | number | readonly (string | number)[] | undefined>
  const {
    outcome,
    event,
    per,
    of: source,
    to,
    entity,
    last,
    windowHours,
    priorRate,
    priorStrength,
    ...others
  } = all
  const subject = [outcome ?? event, per && `per ${per}`, entity && `by ${entity}`]
  // The value of an event is what kinds take unless they say otherwise.
  const taken =
    source === undefined || source === 'value' ? undefined : [source].flat().join(' and ')
  const phrase = [
    kind,
    taken && `of ${taken}`,
    subject[0] && `${taken ? 'over' : 'of'} ${subject[0]}`,
    ...subject.slice(1),
    to && `to ${to}`,
    last && `to the last item of ${last}`,
    windowHours && `in ${windowHours} h`,
  ].filter(Boolean)
  // Long lists would hide the rest; the definition itself has them.
  const settings = Object.entries(others).map(([field, value]) =>
    !Array.isArray(value)
      ? `${field} ${value}`
      : field === 'examination'
        ? `${field} of ${value.length} positions`
        : `${field} ${value.join(' and ')}`,
  )
  const prior = priorRate === undefined ? [] : [`prior ${priorRate} × ${priorStrength}`]
  return [phrase.join(' '), ...settings, ...prior].join(', ')
}
