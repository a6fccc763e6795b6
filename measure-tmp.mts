import { gunzipSync, zstdDecompressSync } from 'node:zlib'
const R = '/work/wt-a-rules/'
const { WORLD_DEFAULTS } = await import(R + 'cdk/cli/world/options.ts')
const { createWorld } = await import(R + 'cdk/cli/world/world.ts')
const { ATTACK_KINDS } = await import(R + 'cdk/cli/world/attacks/kinds.ts')
const { closeHour } = await import(R + 'functions/closing/close.ts')
const { floorHour } = await import(R + 'functions/contract/time.ts')
const [seed, strength, users, days, attacks] = [process.argv[2], process.argv[3], process.argv[4], process.argv[5], process.argv[6]]
const options = { ...WORLD_DEFAULTS, seed: +seed!, days: +days!, users: +users!, attacks: attacks === 'none' ? [] : ATTACK_KINDS, attackStrength: +strength!, cheats: attacks === 'none' ? 0 : +strength! }
const world = createWorld(options)
const truth = new Map<string, any>()
for (const t of world.truth()) truth.set(t.eventId, t)
const hours = new Map<number, any[]>()
let n = 0
for (const drop of world.drops()) {
  if (drop.kind !== 'events') continue
  const text = drop.name.endsWith('.gz') ? gunzipSync(drop.body).toString() : drop.name.endsWith('.zst') ? zstdDecompressSync(drop.body).toString() : Buffer.from(drop.body).toString()
  for (const line of text.split('\n')) {
    if (!line.trim()) continue
    let e: any; try { e = JSON.parse(line) } catch { continue }
    if (!e.userId || !e.itemId || typeof e.timeMs !== 'number' || e.timeMs > 2e12 || e.timeMs < 1e12) continue
    const row = { event: e.eventId ?? `n${n}`, type: e.type, timeMs: e.timeMs, arrivalMs: drop.arrivalMs ?? 0, user: e.userId, item: e.itemId, request: e.requestId ?? null, outcome: e.outcome ?? null, value: e.value ?? null, position: e.position ?? null, propensity: null, release: null, context: e.context ? JSON.stringify(e.context) : null, drop: drop.name, row: n++ }
    const h = floorHour(row.timeMs); const l = hours.get(h); if (l) l.push(row); else hours.set(h, [row])
  }
}
const stat = new Map<string, any>(); const honestUsers = new Set<string>(); const hitHonest = new Map<string, Map<string, number>>()
let total = 0, removed = 0; const t0 = process.cpuUsage(); let lost = new Map<string, any>()
for (const [hourMs, rows] of [...hours].sort((a, b) => a[0] - b[0])) {
  const { kept, account } = closeHour({ hourMs, lane: 'first', accepted: rows.length, cleanKeys: [], earlierKeys: [] }, rows)
  const keptIds = new Set(kept.map((r: any) => r.event)); const seen = new Set<string>()
  for (const r of rows) { if (seen.has(r.event)) continue; seen.add(r.event)
    total++
    const t = truth.get(r.event); const kind = t ? (t.isCheat ? t.kind : '~' + t.kind) : 'honest'
    const s = stat.get(kind) ?? { events: 0, found: 0, users: new Set(), hit: new Set() }; s.events++; s.users.add(r.user)
    if (!keptIds.has(r.event)) { s.found++; s.hit.add(r.user) }
    stat.set(kind, s) }
}
const cpu = process.cpuUsage(t0)
for (const [kind, s] of [...stat].sort()) console.log(kind.padEnd(28), s.events, 'found', s.found, (100 * s.found / s.events).toFixed(2) + '%', 'users', s.users.size, 'hit', s.hit.size)
console.log('events', total, 'cpu s per M', ((cpu.user + cpu.system) / total).toFixed(2))
