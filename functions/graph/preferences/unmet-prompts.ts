import type { AnswerReport, PreferenceRow } from '../../contract/preferences.ts'

/** A prompt of fewer people may say who they are: it is counted and not named. */
const LEAST_USERS = 5
const SHOWN = 50

/** Texts that differ in case, punctuation at the end or white space are one prompt. */
const normalPrompt = (prompt: string): string =>
  prompt
    .normalize('NFC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[\s?!.]+$/, '')
    .trim()

/** What people asked and rejected each answer to. Prompts have no personal data that a rule finds. */
export function unmetPrompts(rows: readonly PreferenceRow[]): AnswerReport['unmet'] {
  const unmet = rows.filter(({ kind }) => kind === 'unmet')
  const prompts = [...Map.groupBy(unmet, ({ prompt }) => normalPrompt(prompt))]
    .map(([prompt, own]) => ({
      ...{ prompt, turns: own.length, users: new Set(own.map(({ user }) => user)).size },
    }))
    .filter(({ users }) => users >= LEAST_USERS)
    .sort((a, b) => b.turns - a.turns || (a.prompt < b.prompt ? -1 : 1))
  const named = prompts.reduce((sum, { turns }) => sum + turns, 0)
  return { turns: unmet.length, rare: unmet.length - named, prompts: prompts.slice(0, SHOWN) }
}
