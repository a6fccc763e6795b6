/** What XML 1.0 cannot hold as text is written as a character reference. */
const escapeXml = (text: string): string =>
  text.replace(/[&<>"'\p{Cc}\ufffe\uffff]/gu, (c) => `&#${c.charCodeAt(0)};`)

type Element = string | number | boolean | null | undefined | readonly Element[] | Fields
interface Fields {
  readonly [name: string]: Element
}

function render(name: string, value: Element): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => render(name, item as Element)).join('')
  const inner =
    typeof value === 'object'
      ? Object.entries(value as Fields)
          .map(([child, content]) => render(child, content))
          .join('')
      : escapeXml(String(value))
  return `<${name}>${inner}</${name}>`
}

/** An XML document of nested fields; an array repeats its element, null leaves it out. */
export const xmlDocument = (root: string, fields: Fields): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, fields).replace(`<${root}>`, `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)}`

/** Text of every element of that name, entities resolved. Enough for the small documents that clients send. */
export function xmlTexts(document: string, name: string): string[] {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  const pattern = new RegExp(`<${name}>([^<]*)</${name}>`, 'g')
  return [...document.matchAll(pattern)].map(([, text]) =>
    text!.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, entity: string) => {
      if (!entity.startsWith('#')) return entities[entity] ?? whole
      const isHex = entity[1] === 'x'
      return String.fromCodePoint(Number.parseInt(entity.slice(isHex ? 2 : 1), isHex ? 16 : 10))
    }),
  )
}
