import type { Generation } from '../contract/generations.ts'
import { escapeHtml } from './document.ts'
import { formatInstant, formatText } from './format.ts'

/** Why a generation is not served; null for the served one. */
function waitsFor(
  { generation, status }: Pick<Generation, 'generation' | 'status'>,
  what: string,
  served: string | null,
): string | null {
  if (generation === served) return null
  if (status === 'building') return 'is being built'
  if (status === 'accepted') return 'was accepted: the next release serves it'
  return served === null
    ? `was refused, and no ${what} is served`
    : 'was refused, and the served one stays'
}

/** Says of the newest generation why it is not served; empty for the served one. `what`: `space`, `graph`. */
export function describeNewest(newest: Generation, what: string, served: string | null): string {
  const waits = waitsFor(newest, what, served)
  if (waits === null) return ''
  const isSaid = newest.reason !== '' && newest.status !== 'building'
  const reason = isSaid ? `: ${formatText(newest.reason)}` : ''
  const text = `The ${what} of ${formatInstant(newest.fenceMs)} ${waits}${reason}`
  const tone = newest.status === 'refused' ? 'bad' : 'accent'
  return `<p class="${tone}"><b>${escapeHtml(text.replace(/[.]?$/, '.'))}</b></p>`
}
