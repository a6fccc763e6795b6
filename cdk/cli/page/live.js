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
