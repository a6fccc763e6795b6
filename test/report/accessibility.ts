import { parseHTML } from 'linkedom'

/** What a page lacks for people who do not see it, or do not use a mouse; empty where it lacks nothing. */
export function findBarriers(html: string): string[] {
  const { document } = parseHTML(html)
  const barriers: string[] = []
  const all = (selector: string) => [...document.querySelectorAll(selector)]
  if (document.documentElement.getAttribute('lang') !== 'en') barriers.push('no language')
  if (!document.querySelector('title')?.textContent) barriers.push('no title')
  if (!document.querySelector('meta[name=viewport]')) barriers.push('no viewport')
  if (all('main').length !== 1) barriers.push('not one main part')
  const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]))
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1)
    barriers.push('not one h1, at the beginning')
  levels.forEach((level, i) => {
    if (i > 0 && level > levels[i - 1]! + 1) barriers.push(`h${level} after h${levels[i - 1]}`)
  })
  for (const th of all('th'))
    if (th.getAttribute('scope') !== 'col') barriers.push(`th without scope: ${th.textContent}`)
  for (const table of all('table'))
    if (!table.closest('.scroll')) barriers.push('a table that does not scroll in its own box')
  for (const box of all('.scroll'))
    if (box.getAttribute('tabindex') !== '0') barriers.push('a box that keys cannot scroll')
  for (const svg of all('.figure svg'))
    if (svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label'))
      barriers.push('a figure without a text in its place')
  const ids = all('[id]').map(({ id }) => id)
  for (const id of ids.filter((own, i) => ids.indexOf(own) !== i)) barriers.push(`id ${id} twice`)
  return barriers
}

const channel = (hex: string): number => {
  const value = Number.parseInt(hex, 16) / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}
function luminance(colour: string): number {
  const digits = colour.slice(1)
  const whole = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
  const [red, green, blue] = whole.match(/../g)!.map(channel) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
