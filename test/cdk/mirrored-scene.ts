import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

const SHIPPED = join(import.meta.dirname, '..', '..', 'cdk', 'scenes', 'search.json')
const OWN_DOMAIN = {
  endpoint: 'https://search-shop.eu-west-1.es.amazonaws.com',
  access: 'es',
  arn: 'arn:aws:es:eu-west-1:123456789012:domain/shop',
}

/** The file of a scene `search` that is mirrored: in a domain of the user's own, or as `openSearch` says. */
export function mirroredSceneFile(openSearch: Record<string, unknown> = OWN_DOMAIN): string {
  const scene = JSON.parse(readFileSync(SHIPPED, 'utf8'))
  const path = join(temporaryFolder(), 'search.json')
  writeFileSync(path, JSON.stringify({ ...scene, search: { ...scene.search, openSearch } }))
  return path
}
