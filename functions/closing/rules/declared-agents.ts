import { isbot } from 'isbot'

/** Tools and crawlers that isbot recognizes only at the start of an agent. */
const TOOL = /\b(curl|wget|python|slurp)\b/i
/** Phones of the make Cubot. isbot takes the name for a bot where no blank stands before it. */
const CUBOT = /\bcubot(?![a-z])/gi
/**
 * isbot also takes every agent that has not the form of a browser's for a program. These two forms are of
 * people: okhttp is what an Android app sends if it sets no agent of its own, and some logs name only
 * the device, or nothing.
 */
const APP = /\bokhttp\/\d/i
const DEVICE =
  /^(-|unknown|none|null|other|app|web|browser|mobile|phone|tablet|desktop|tv|pc|iphone|ipad|ios|android|windows|macos|linux|chrome|firefox|safari|edge|opera|samsung internet)?$/i

const judgeAgent = (agent: string): boolean =>
  TOOL.test(agent) ||
  (!DEVICE.test(agent.trim()) && !APP.test(agent) && isbot(agent.replace(CUBOT, '')))

/** A log has a few thousand agents, and most events have one of a few hundred. */
const MAX_KNOWN = 10_000
const known = new Map<string, boolean>()

/**
 * Whether an agent declares itself as a crawler, a link preview or a tool: by the list of the package
 * isbot, with the exceptions above. Memory: the answers for the last ten thousand agents at most.
 */
export function isDeclaredBotAgent(agent: string): boolean {
  const answer = known.get(agent)
  if (answer !== undefined) return answer
  if (known.size >= MAX_KNOWN) known.clear()
  const isBot = judgeAgent(agent)
  known.set(agent, isBot)
  return isBot
}
