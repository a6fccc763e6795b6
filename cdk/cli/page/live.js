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
  const panels = JSON.parse(data)
  for (const [id, markup] of Object.entries(panels)) fill(id, markup)
  if (panels.spaces && byId('some')?.querySelector('button') === null) suggestItems()
  if (panels.graphs && byId('entities')?.querySelector('button') === null) suggestEntities()
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

// The box of a scene with a space.
const askSpace = async (asked) => {
  const response = await fetch(`/_quartermaster/space.json?${new URLSearchParams(asked)}`)
  return response.json()
}

function drawNeighbour({ item, score }) {
  const shown = element('li', `${item} `)
  shown.append(element('small', `cosine ${score.toFixed(3)}`, 'quiet'))
  return shown
}

function drawRecalled({ item, ranks }) {
  const places = Object.entries(ranks).map(([source, rank]) => `${source} ${rank}`)
  const shown = element('li', `${item} `)
  shown.append(element('small', places.join(', '), 'quiet'))
  return shown
}

const ABOUT = {
  item: ({ item, generation, isPlaced, neighbours }) => [
    `items like ${item}${isPlaced ? ', which was placed after the training' : ''}; space ${generation}`,
    neighbours.map(drawNeighbour),
  ],
  user: ({ user, generation, isKnown, items }) => [
    `items for ${user}${isKnown ? '' : ', whom the space does not know'}, with their ranks by source; space ${generation}`,
    items.map(drawRecalled),
  ],
}

async function showSpace(kind, asked) {
  const answer = asked === '' ? null : await askSpace({ [kind]: asked })
  if (byId(kind).value.trim() !== asked) return
  const [text, list] =
    answer === null || answer.error ? [answer?.error ?? '', []] : ABOUT[kind](answer)
  byId('near').textContent = text
  byId('neighbours').replaceChildren(...list)
}

const suggest = (id, { error, suggestions = [] }, show) => {
  const buttons = suggestions.map((name) => {
    const button = element('button', name)
    button.type = 'button'
    button.addEventListener('click', () => show(name))
    return button
  })
  byId(id).replaceChildren(error ?? 'for example ', ...buttons)
}

async function suggestItems() {
  suggest('some', await askSpace({}), (item) => {
    byId('item').value = item
    showSpace('item', item)
  })
}

let waitingForSpace
for (const kind of ['item', 'user'])
  byId(kind)?.addEventListener('input', ({ target }) => {
    clearTimeout(waitingForSpace)
    waitingForSpace = setTimeout(() => showSpace(kind, target.value.trim()), 200)
  })

// The box of a scene with a graph. The server draws the neighbourhood and has escaped its text.
const askGraph = async (asked) => {
  const response = await fetch(`/_quartermaster/entity.json?${new URLSearchParams(asked)}`)
  return response.json()
}

async function showEntity(id) {
  const { error, about = '', markup = '' } = id === '' ? {} : await askGraph({ id })
  if (byId('entity').value.trim() !== id) return
  byId('around').textContent = error ?? about
  byId('neighbourhood').innerHTML = error ? '' : markup
}

function goTo(id) {
  byId('entity').value = id
  showEntity(id)
}

async function suggestEntities() {
  suggest('entities', await askGraph({}), goTo)
}

let waitingForGraph
byId('entity')?.addEventListener('input', ({ target }) => {
  clearTimeout(waitingForGraph)
  waitingForGraph = setTimeout(() => showEntity(target.value.trim()), 200)
})
byId('neighbourhood')?.addEventListener('click', (event) => {
  const entity = event.target.closest('[data-entity]')
  if (!entity) return
  event.preventDefault()
  goTo(entity.dataset.entity)
})

// The box of a scene with documents. Passages are data: they become text, never markup.
const SHOWN_CHARACTERS = 600

function drawPassage({ documentId, documentTitle, headings, start, end, text, score, ranks }) {
  const passage = element('li', '')
  const places = Object.entries(ranks).map(([list, rank]) => `${list} ${rank}`)
  const from = `${documentId}, characters ${start} to ${end}; score ${score.toFixed(3)}: ${places.join(', ')}`
  const isCut = text.length > SHOWN_CHARACTERS
  passage.append(
    element('b', [...(headings.length > 0 ? headings : [documentTitle ?? documentId])].join(' > ')),
    ' ',
    element('small', from, 'quiet'),
    element('p', isCut ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text),
  )
  return passage
}

async function retrieve(query) {
  const asked = new URLSearchParams({ query, retrieve: true })
  const response = query.trim() === '' ? null : await fetch(`/_quartermaster/search.json?${asked}`)
  const answer = response ? await response.json() : {}
  if (byId('question').value !== query) return
  const { error, errorMessage, passages = [], generations } = answer
  const read = Object.entries(generations ?? {}).map(([what, name]) => `${what} ${name ?? 'none'}`)
  byId('retrieved').textContent = error ?? errorMessage ?? read.join(', ')
  byId('passages').replaceChildren(...passages.map(drawPassage))
}

let waitingForPassages
byId('question')?.addEventListener('input', ({ target }) => {
  clearTimeout(waitingForPassages)
  waitingForPassages = setTimeout(() => retrieve(target.value), 300)
})
