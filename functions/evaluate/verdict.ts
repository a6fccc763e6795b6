/** What one gate says, for a machine and for the person who is called at night. */
export interface Verdict {
  gate: string
  passed: boolean
  reason: string
  numbers: Readonly<Record<string, number | null>>
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
