// The page's own script: draws what the server tells. Text goes into the document as text; only the
// figures are markup, which the server drew.
const byId = (id) => document.getElementById(id)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const timeOf = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
const shortTimeOf = (ms) => timeOf(ms).slice(5, 16)
const whole = (n) => n.toLocaleString('en-GB')
function spanOf(ms) {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`
}

function element(tag, className, ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/** A table; a number stands right, `{ text, tone }` has a colour. */
function table(head, rows, nothing) {
  if (rows.length === 0) return element('p', 'quiet', nothing)
  const isNumber = head.map((_, i) => rows.every((row) => typeof row[i] === 'number'))
  const cell = (value, i) => {
    const { text, tone } = typeof value === 'object' && value !== null ? value : { text: value }
    const shown = text === null ? '–' : typeof text === 'number' ? whole(text) : text
    const isOneWord = !shown.includes(' ') || /^\d\d-\d\d \d\d:\d\d$/.test(shown)
    const kind = isNumber[i] || typeof text === 'number' ? 'number' : isOneWord ? 'name' : ''
    return element('td', `${kind} ${tone ?? ''}`, shown)
  }
  const heading = head.map((name, i) => element('th', isNumber[i] ? 'number' : '', name))
  const body = rows.map((row) => element('tr', '', ...row.map(cell)))
  const top = element('thead', '', element('tr', '', ...heading))
  return element('table', '', top, element('tbody', '', ...body))
}

const state = { status: null, findings: null }

function drawTiles() {
  const { status, findings } = state
  const totals = findings?.totals
  const failures = status.stages.reduce((sum, { failures }) => sum + failures, 0)
  const entries = [
    [findings?.served?.version ?? 'nothing yet', 'served now', 'wide'],
    [totals ? whole(totals.drops) : '–', 'drops in 7 days'],
    [totals ? whole(totals.read) : '–', 'records read'],
    [totals ? whole(totals.quarantined) : '–', 'set aside'],
    [whole(failures), 'failed calls', failures > 0 ? 'bad' : ''],
    [whole(status.deadLetters), 'dead letters', status.deadLetters > 0 ? 'bad' : ''],
    [whole(status.underWay.length), 'under way'],
  ]
  byId('tiles').replaceChildren(
    ...entries.map(([value, name, tone]) => {
      const isWide = tone === 'wide'
      const strong = element('b', isWide ? '' : tone, value)
      return element('div', isWide ? 'tile wide' : 'tile', strong, element('span', '', name))
    }),
  )
}

/** From a minute to ninety days on a logarithmic scale: the tiers differ by the hundredfold. */
const share = (ms) =>
  Math.min(1, Math.max(0.01, Math.log(Math.max(1, ms / MINUTE)) / Math.log((90 * DAY) / MINUTE)))

function drawFreshness() {
  const { status, findings } = state
  const rows = findings?.freshness ?? []
  byId('freshness').replaceChildren(
    ...rows.flatMap(({ what, throughMs, version }) => {
      const age = throughMs === null ? null : Math.max(0, status.nowMs - throughMs)
      const bar = element('i', '')
      bar.style.width = age === null ? '0' : `${100 * share(age)}%`
      const track = element('div', 'track', bar)
      if (version) track.title = version
      return [
        element('span', '', what),
        track,
        element('span', 'age', age === null ? 'none yet' : spanOf(age)),
      ]
    }),
  )
}

function drawStatus() {
  const { status } = state
  byId('scene').textContent = `scene ${status.scene}`
  byId('time').textContent = `${timeOf(status.nowMs)} UTC`
  byId('pace').textContent =
    status.speed === 1 ? 'real time' : `virtual time, at most ${whole(status.speed)}×`
  document.title = `Quartermaster: ${status.scene}`
  drawTiles()
  drawFreshness()
  byId('queues').replaceChildren(
    table(
      ['queue', 'visible', 'in flight', 'delayed'],
      status.queues.map(({ name, visible, inFlight, delayed, isDeadLetter }) => {
        const isFilled = isDeadLetter && visible + inFlight > 0
        const label = isDeadLetter ? `${name} (dead letters)` : name
        return [{ text: label, tone: isFilled ? 'bad' : '' }, visible, inFlight, delayed]
      }),
      'No queue.',
    ),
  )
  byId('stages').replaceChildren(
    table(
      ['stage', 'invocations', 'failed', 'seconds', 'peak MiB'],
      status.stages.map(({ stage, invocations, failures, seconds, peakMemoryMiB }) => [
        stage,
        invocations,
        failures > 0 ? { text: failures, tone: 'bad' } : 0,
        Number(seconds.toFixed(1)),
        Math.round(peakMemoryMiB),
      ]),
      'No stage has worked yet.',
    ),
  )
  const tones = { SUCCEEDED: 'good', Completed: 'good', FAILED: 'bad', Failed: 'bad' }
  const toned = (text) => ({ text, tone: tones[text] ?? 'accent' })
  byId('executions').replaceChildren(
    table(
      ['began', 'state machine', 'status', 'error'],
      status.executions.map(({ startMs, machine, status: how, error }) => [
        shortTimeOf(startMs),
        machine,
        toned(how),
        error,
      ]),
      'No execution yet.',
    ),
  )
  byId('jobs').replaceChildren(
    table(
      ['began', 'job', 'status'],
      status.jobs.map(({ createdMs, name, status: how }) => [
        shortTimeOf(createdMs),
        name,
        toned(how),
      ]),
      'No training job yet.',
    ),
  )
}

function drawFindings() {
  const { findings } = state
  byId('drops').replaceChildren(
    table(
      ['arrived', 'kind', 'name', 'read', 'accepted', 'set aside'],
      findings.drops.map(({ arrivalMs, kind, name, read, accepted, quarantined, refused }) => {
        const reasons = Object.entries(quarantined).map(([reason, n]) => `${n} ${reason}`)
        const aside = refused ? { text: `refused: ${refused}`, tone: 'bad' } : reasons.join(', ')
        return [shortTimeOf(arrivalMs), kind, name, read, accepted, aside || null]
      }),
      'No drop yet. Put one under raw/<scene>/events/ of the raw bucket.',
    ),
  )
  const tones = { flip: 'good', refusal: 'bad', failure: 'bad', rollback: 'bad' }
  byId('releases').replaceChildren(
    table(
      ['time', 'tier', 'decision', 'version', 'why'],
      findings.releases.map(({ timeMs, tier, kind, version, reason }) => [
        shortTimeOf(timeMs),
        tier,
        { text: kind, tone: tones[kind] ?? '' },
        version,
        reason,
      ]),
      'Nothing has been decided yet.',
    ),
  )
  for (const figure of ['lineage', 'quality', 'ages', 'days'])
    byId(figure).innerHTML = findings[figure] || '<p class="quiet">Nothing to draw yet.</p>'
  if (state.status) drawStatus()
}

function link(text, tone) {
  byId('link').textContent = text
  byId('link').className = `pill ${tone}`
}

const source = new EventSource('/_quartermaster/events')
source.addEventListener('open', () => link('live', 'good'))
source.addEventListener('error', () => link('not running', 'bad'))
source.addEventListener('status', ({ data }) => {
  state.status = JSON.parse(data)
  drawStatus()
})
source.addEventListener('findings', ({ data }) => {
  state.findings = JSON.parse(data)
  drawFindings()
})
