/**
 * The URL of a request's target in origin form (RFC 9112, section 3.2.1), parsed once, at the edge.
 * Null for any other form and for what no URL can hold: two slashes at the beginning would name a
 * host, and no client of AWS sends them.
 */
export function parseTarget(target: string | undefined): URL | null {
  if (!target?.startsWith('/') || /^\/[/\\]/.test(target)) return null
  return URL.canParse(target, 'http://127.0.0.1') ? new URL(target, 'http://127.0.0.1') : null
}
