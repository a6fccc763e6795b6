/** Elements whose text is no part of what a document says. */
const ELEMENTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    `script style template noscript iframe object embed svg canvas audio video map button select textarea input
     datalist`
      .split(/\s+/)
      .map((name) => [name, name]),
  ),
  nav: 'navigation',
  footer: 'footer',
}
/** WAI-ARIA landmarks and widgets that repeat on every page of a site. */
const ROLES = new Set('navigation banner contentinfo search menu menubar toolbar'.split(' '))
const HIDING_STYLE =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?|font-size\s*:\s*0(?:\.0*)?(?:px|em|rem|pt|%)?)\s*(?:!\s*important\s*)?(?:;|$)/i

function isHidden(name: string, attributes: Readonly<Record<string, string>>): boolean {
  const { hidden, style } = attributes
  if (hidden !== undefined && hidden.toLowerCase() !== 'until-found') return true
  if (attributes['aria-hidden']?.toLowerCase() === 'true') return true
  if (name === 'dialog' && attributes['open'] === undefined) return true
  return style !== undefined && HIDING_STYLE.test(style)
}

/**
 * Why an element is left out of the text, or null. An element that only a style sheet or a script hides is not seen
 * to be hidden.
 */
export function reasonToDrop(
  name: string,
  attributes: Readonly<Record<string, string>>,
): string | null {
  const element = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name]! : null
  if (element !== null) return element
  if (isHidden(name, attributes)) return 'hidden'
  return ROLES.has(attributes['role']?.toLowerCase() ?? '') ? 'navigation' : null
}
