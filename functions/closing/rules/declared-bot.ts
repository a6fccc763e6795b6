import { isDeclaredBotAgent } from './declared-agents.ts'
import { everyEvent, type JudgedRow, type Rule } from './rule.ts'

/** Most rows have one of a few contexts. */
const MAX_KNOWN = 10_000
const known = new Map<string, boolean>()

function declaresBot(context: string): boolean {
  const answer = known.get(context)
  if (answer !== undefined) return answer
  const attributes = JSON.parse(context) as Record<string, unknown>
  const isBot = ['agent', 'userAgent', 'user_agent'].some((name) => {
    const agent = attributes[name]
    return typeof agent === 'string' && isDeclaredBotAgent(agent)
  })
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(context, isBot)
  return isBot
}
const isDeclaredBot = ({ context }: JudgedRow): boolean =>
  typeof context === 'string' && /agent/i.test(context) && declaresBot(context)

/** Excludes all events of a user if one of them has an agent that declares itself a bot. */
export const declaredBot: Rule = {
  reason: 'declared_bot',
  remembersUsers: true,
  open: () => (user) => (user.rows.some(isDeclaredBot) ? everyEvent : null),
}
