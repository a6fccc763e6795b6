import { PERSONAL_DATA, type PersonalDataKind, RULES } from './rules.ts'

export type PersonalDataCounts = Record<PersonalDataKind, number>

export const noPersonalData = (): PersonalDataCounts =>
  Object.fromEntries(PERSONAL_DATA.map((kind) => [kind, 0])) as PersonalDataCounts

function applyRules(text: string, counts: PersonalDataCounts): string {
  return RULES.reduce(
    (rest, { kind, pattern, find }) =>
      rest.replace(pattern, (found) => {
        const range = find(found)
        if (range === null) return found
        counts[kind]++
        return `${found.slice(0, range[0])}[${kind}]${found.slice(range[1])}`
      }),
    text,
  )
}

/**
 * The text with each find of a rule as `[email]`, `[card]` and so on. Adds what was found to `counts`. Rules see
 * forms, not meaning: names, street addresses and numbers of other kinds stay. What stays has no more finds: rules apply
 * again until none finds any.
 */
export function removePersonalData(text: string, counts: PersonalDataCounts): string {
  let [before, after] = [text, applyRules(text, counts)]
  while (before !== after) [before, after] = [after, applyRules(after, counts)]
  return after
}
