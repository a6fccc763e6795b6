// The server renders each panel, and this script replaces the changed ones. The server has escaped
// all text from outside.
const byId = (id) => document.getElementById(id)

function fill(id, markup) {
  const panel = byId(id)
  if (!panel || panel.drawn === markup) return
  const open = new Set([...panel.querySelectorAll('details[open]')].map((one) => one.dataset.key))
  panel.drawn = markup
  panel.innerHTML = markup
  for (const one of panel.querySelectorAll('details')) one.open = open.has(one.dataset.key)
}

function link(text, tone) {
  byId('link').textContent = text
  byId('link').className = `pill ${tone}`
}

const source = new EventSource('/_quartermaster/events')
source.addEventListener('open', () => link('live', 'good'))
source.addEventListener('error', () => link('not running', 'bad'))
source.addEventListener('panels', ({ data }) => {
  for (const [id, markup] of Object.entries(JSON.parse(data))) fill(id, markup)
})

// The box of a scene with an index. Answers are text of the catalogue: they become text, never markup.
const element = (tag, text, className = '') =>
  Object.assign(document.createElement(tag), { textContent: text, className })

function marked({ text, marks }) {
  const shown = element('span', '')
  let at = 0
  for (const [from, through] of marks) {
    shown.append(text.slice(at, from), element('mark', text.slice(from, through)))
    at = through
  }
  shown.append(text.slice(at))
  return shown
}

function drawHit({ id, score, passages = [], explanation }) {
  const hit = element('li', '')
  const why = document.createElement('details')
  const [head, ...rest] = passages
  hit.append(head ? marked(head) : element('span', id), ' ', element('small', id, 'quiet'))
  for (const passage of rest) hit.append(element('br', ''), marked(passage))
  why.append(element('summary', `score ${score.toFixed(3)}`))
  why.append(element('pre', JSON.stringify(explanation, null, 1)))
  hit.append(why)
  return hit
}

async function search(query) {
  const asked = new URLSearchParams({ query, documents: true, highlight: true, explain: true })
  const response = await fetch(`/_quartermaster/search.json?${asked}`)
  const answer = await response.json()
  if (byId('query').value !== query) return
  const { error, hits = [], total = 0, isLowerBound } = answer
  const failed = error ?? (response.ok ? null : answer.errorMessage)
  byId('found').textContent = failed ?? `${isLowerBound ? 'at least ' : ''}${total} found`
  byId('hits').replaceChildren(...hits.map(drawHit))
}

let waiting
byId('query')?.addEventListener('input', ({ target }) => {
  clearTimeout(waiting)
  waiting = setTimeout(() => search(target.value), 200)
})
