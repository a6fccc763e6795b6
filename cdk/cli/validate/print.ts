import { isoSeconds } from '../../../functions/contract/time.ts'
import { type Finding, percent } from './finding.ts'
import type { Profile } from './profile.ts'

const number = (value: number): string => value.toLocaleString('en-GB')
const WIDTH = 100

/** A label and its text, which is wrapped and indented beside the label. */
function entry(label: string, text: string, indent = 13): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > WIDTH - indent) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
    .map((line, i) => `${(i === 0 ? label : '').padEnd(indent)}${line}`)
    .join('\n')
    .trimEnd()
}

function timeOf({ time }: Profile): string {
  if (time.firstMs === null) return 'no event'
  return `${isoSeconds(time.firstMs)} to ${isoSeconds(time.lastMs!)}: ${number(time.hoursWithEvents)} of ${number(time.hours)} hours have events`
}

function eventsOf({ events, statements }: Profile): string {
  const made = [
    ['impressions', events.impressions] as const,
    ...Object.entries(events.outcomes),
    ...Object.entries(statements).filter(([, count]) => count > 0),
  ]
  return made.map(([name, count]) => `${number(count)} ${name}`).join(', ')
}

/** The profile and the findings as text. */
export function printProfile(profile: Profile, findings: readonly Finding[]): string {
  const { path, format, scene, files, read, accepted, quarantined, tiers } = profile
  const lines = [
    `${path} as ${format}, for the scene ${scene}`,
    '',
    entry(
      'records',
      `${number(read)} read in ${files.length} ${files.length === 1 ? 'file' : 'files'} = ${number(accepted)} accepted + ${number(read - accepted)} quarantined${read > 0 ? ` (${percent((read - accepted) / read)})` : ''}`,
    ),
    entry('events', eventsOf(profile)),
    entry('time', timeOf(profile)),
    '',
  ]
  for (const [reason, { count, examples }] of Object.entries(quarantined)) {
    lines.push(entry('quarantined', `${number(count)} × ${reason}`))
    for (const { file, line, byteOffset, detail, excerpt } of examples)
      lines.push(
        entry('', `${file}${line === null ? '' : ` line ${line}`}, byte ${byteOffset}: ${detail}`),
        ...(excerpt === '' ? [] : [`               ${excerpt}`]),
      )
    lines.push('')
  }
  for (const { severity, says } of findings) lines.push(entry(severity, says))
  if (findings.length > 0) lines.push('')
  for (const { tier, isEnough, says } of tiers)
    lines.push(entry(tier, `${isEnough ? 'enough' : 'not enough'}: ${says}`))
  const serious = findings.filter(({ severity }) => severity === 'serious').length
  const verdict =
    serious > 0
      ? `${serious} serious ${serious === 1 ? 'finding' : 'findings'}: not fit to train on`
      : 'fit to train on'
  return [...lines, '', verdict, ''].join('\n')
}
