import type { Draws } from '../../../cdk/cli/world/draws.ts'

/** Visitors of a site, and its pages. */

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
]
export const agentOf = (user: number): string => AGENTS[user % AGENTS.length]!
export const addressOf = (user: number): string => `198.51.${user % 3}.${user % 250}`
export const pathOf = (item: number): string => `/p/${item}.html`
export const refererOf = (draws: Draws): string =>
  draws.pick(['-', '-', `https://shop.example/p/${1 + draws.below(20)}.html`])
