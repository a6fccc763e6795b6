import { ServiceError } from '../json-service.ts'

/**
 * Whether a message is wanted, by the terms of a filter pattern ("Filter pattern syntax for log
 * events", CloudWatch Logs user guide): all of the bare ones, one of those with `?`, none of those
 * with `-`; a phrase stands in quotes. Patterns of JSON, columns and expressions are refused.
 */
export function compileFilter(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim()
  if (/^[{[%]/.test(trimmed))
    throw new ServiceError(
      'InvalidParameterException',
      `The local cloud filters logs by terms alone, not by ${trimmed}`,
    )
  const terms = [...trimmed.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)].map(
    ([, sign, phrase, word]) => ({ sign, term: phrase ?? word! }),
  )
  const signed = (wanted: string): string[] =>
    terms.filter(({ sign }) => sign === wanted).map(({ term }) => term)
  const [all, some, none] = [signed(''), signed('?'), signed('-')]
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (some.length === 0 || some.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term))
}
