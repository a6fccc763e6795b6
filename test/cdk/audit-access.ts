import type { Access } from './access-row.ts'
import { GRAPHS, SPACE_USERS, SPACES } from './space-access.ts'

const PARITY = 'parity/*/*'
/** What served cells are compared by. */
const COMPARED = [
  ...['clean/*/served/*', 'manifests/*/drops/*', 'counters/*/*', 'states/*/*/*', 'deltas/*/*'],
  ...['clean/*/items/*', 'clean/*/users/*', 'clean/*/events/*'],
]
const LAKE = [...COMPARED, 'manifests/*/closings/*/plan.json', 'closed/*/*', 'corrections/*/*']
const MODELS = ['models/*/*/run/run.json', GRAPHS, SPACES, SPACE_USERS]

/** What the function that compares served values may access. */
export const AUDIT_ACCESS: Access = {
  role: 'AuditParityRole',
  gets: [...LAKE.map((key) => `Lake/${key}`), ...MODELS.map((key) => `Models/${key}`)],
  puts: [`Lake/${PARITY}`],
  lists: { Lake: COMPARED, Models: ['models/*/*/run/run.json', GRAPHS] },
  tables: { Registry: ['dynamodb:GetItem', 'dynamodb:Query'] },
}
