import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import type { Generation } from '../../functions/contract/generations.ts'
import { spaceComparisonKey } from '../../functions/contract/keys.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { spaceList } from '../../functions/embeddings/generations.ts'
import { changeGenerations, nameGeneration } from '../../functions/registry/generations.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import { renderPage } from '../../functions/report/page.ts'
import { collectSpaces, spacesSchema } from '../../functions/report/space-findings.ts'
import { makeFindings } from '../make/findings.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeReleases, releaseOf } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'
import { putGeneration } from '../make/space.ts'
import { type MadeComparison, makeComparison } from '../make/space-comparison.ts'
import { findBarriers } from './accessibility.ts'

const WEEK = 7 * DAY_MS
const START = Date.UTC(2026, 0, 5, 6)
const nameOf = (week: number): string => nameGeneration('space', START + week * WEEK)
const scene = makeScene({ embeddings: embeddingsSchema.parse({}) })

/** Stores with a generation a week, judged as told; `served` is the week of the served one. */
async function openWorld() {
  const { models, table, registry } = await makeReleases(1)
  const online = memoryTable('online')
  const stores = { models, online, registry: table }
  return {
    ...stores,
    async build(week: number, made: Partial<MadeComparison> = {}, status?: Generation['status']) {
      const generation = nameOf(week)
      const comparison = makeComparison({ generation, ...made })
      const { isAccepted } = comparison
      await putGeneration(
        stores,
        generation,
        START + week * WEEK,
        status ?? (isAccepted ? 'accepted' : 'refused'),
      )
      await models.put(spaceComparisonKey('feed', generation), canonicalJson(comparison))
    },
    async serve(week: number) {
      const row = releaseOf(1, makeVersion(1))
      const part = { key: 'k', sha256: 's', kind: 'object', base: null, throughMs: 0 }
      const parts = { ...row.parts, space: { ...part, generation: nameOf(week) } }
      await registry.prepare({ ...row, parts, fence: 1 })
    },
    collect: () => collectSpaces(stores, 'feed'),
    page: async (configurations = [scene]) => {
      const spaces = JSON.parse(JSON.stringify(await collectSpaces(stores, 'feed')))
      const findings = { ...makeFindings(), sections: { space: { feed: spaces } } }
      return renderPage(findings, { configurations })
    },
  }
}
const sectionOf = (page: string): string =>
  page.slice(page.indexOf('<h2 id="space">')).split('<h2')[1] ?? ''
const rowsOf = (section: string, heading: string): string[][] => {
  const { document } = parseHTML(`<html><body>${section}</body></html>`)
  const title = [...document.querySelectorAll('h3')].find(
    ({ textContent }) => textContent === heading,
  )!
  let at = title.nextElementSibling!
  while (!at.querySelector('table')) at = at.nextElementSibling!
  return [...at.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td')].map(({ innerHTML }) => innerHTML.replace(/<[^>]+>/g, '|')),
  )
}

describe('the section of spaces', () => {
  test('A scene without a space has no section', async () => {
    const world = await openWorld()
    const { embeddings: _, ...plain } = makeScene()
    expect(await world.page([plain])).not.toContain('id="space"')
    expect(renderPage(makeFindings())).not.toContain('id="space"')
  })

  test('Before the first generation the page says what is waited for', async () => {
    const world = await openWorld()
    const section = sectionOf(await world.page())
    expect(section).toContain('No space has been trained yet.')
    expect(section).not.toContain('<svg')
    await changeGenerations(world.online, spaceList('feed'), () => [
      { generation: nameOf(0), fenceMs: START, status: 'building', reason: 'it is being built' },
    ])
    const building = sectionOf(await world.page())
    expect(building).toContain('The space of Mon 5 Jan 2026, 06:00 UTC is being built.')
    expect(building).toContain('No space has been judged yet')
  })

  test('The table has every figure of a generation beside its rivals', async () => {
    const world = await openWorld()
    await world.build(0)
    await world.serve(0)
    await world.build(1, { served: nameOf(0) })
    const section = sectionOf(await world.page())
    const [second, first] = rowsOf(section, 'Generations of the space')
    expect(second).toEqual([
      `Mon 12 Jan 2026, 06:00 UTC||${nameOf(1)}|`,
      ...['accepted', 'every check passed', '0.303||ease|', '0.125', '0.250', 'item-knn'],
      ...['0.570||seeds 0.620|', '0.991||itself 0.999|', '62.0 %', '0.830||of 12|'],
      '0.914||best 0.921|',
    ])
    expect(first![1]).toBe('served')
    // The first has nothing to be compared with.
    expect([first![7], first![11]]).toEqual(['–', '–'])
    expect(section).toContain('was accepted: the next release serves it')
    expect(section).toContain('rotated on 58 common items')
    expect(section).toContain('3 new items, fewer than 10')
  })

  test('A refused generation is among what needs a look', async () => {
    const world = await openWorld()
    await world.build(0)
    await world.serve(0)
    const reason = 'overlap .21 <b>, below .7 of the seeds'
    await world.build(1, { served: nameOf(0), isAccepted: false, reason })
    const page = await world.page()
    const text = `The space of Mon 12 Jan 2026, 06:00 UTC was refused`
    const health = page.slice(page.indexOf('class="health'), page.indexOf('class="tiles'))
    expect(health).toContain(
      `<a href="#space">${text} and the served one stays: overlap .21 &#60;b`,
    )
    expect(sectionOf(page)).toContain(
      `<p class="bad"><b>${text}, and the served one stays: overlap .21 &#60;b&#62;, below .7 of the seeds.</b></p>`,
    )
    expect(page).not.toContain('overlap .21 <b>')
    // Once a later one is accepted, it is history.
    await world.build(2, { served: nameOf(0) })
    expect(await world.page()).not.toContain('<a href="#space">')
  })

  test('The neighbours of an item stand side by side', async () => {
    const world = await openWorld()
    await world.build(0)
    const alone = rowsOf(sectionOf(await world.page()), 'Neighbours of ten items, before and after')
    expect(alone).toHaveLength(10)
    expect(alone[0]![1]).toBe('–')
    await world.build(1, { served: nameOf(0) })
    const rows = rowsOf(sectionOf(await world.page()), 'Neighbours of ten items, before and after')
    const [item, before, after, kept] = rows[0]!
    expect(item).toBe('Title 0||i0|')
    expect(before).toMatch(/^Title 5, Title 6, /)
    expect(after).toMatch(/^Title 1, Title 2, /)
    expect(kept).toBe('6 of 10')
  })

  test('A judgement that this code cannot read is named', async () => {
    const world = await openWorld()
    await world.build(0)
    await world.build(1)
    await world.models.put(spaceComparisonKey('feed', nameOf(1)), '{"figures":7}')
    const { generations, map } = await world.collect()
    expect(generations.map(({ comparison }) => comparison === null)).toEqual([true, false])
    expect(map!.generation).toBe(nameOf(0))
    const [row] = rowsOf(sectionOf(await world.page()), 'Generations of the space')
    expect(row![2]).toMatch(/^its figures are unreadable: .*comparison\.json: /)
  })

  test('The findings of a scene have what its spaces are', async () => {
    const world = await openWorld()
    await world.build(0)
    const { sections } = await collectFindings({ ...world, lake: memoryObjects() }, ['feed'])
    expect(sections['space']).toEqual({ feed: await world.collect() })
    // As summary.json holds it.
    const stored = JSON.parse(JSON.stringify(sections['space']!['feed']))
    expect(spacesSchema.parse(stored)).toEqual(await world.collect())
  })

  test('A fault of the store is thrown', async () => {
    const world = await openWorld()
    await world.build(0)
    const models = { ...world.models, find: () => Promise.reject(new Error('S3 is away')) }
    await expect(collectSpaces({ ...world, models }, 'feed')).rejects.toThrow('S3 is away')
  })

  test('A page with a space has no barrier', async () => {
    const world = await openWorld()
    await world.build(0)
    await world.build(1, { served: nameOf(0), isAccepted: false, reason: 'bad' })
    const page = await world.page()
    expect(page).toContain('Lines over time')
    expect(findBarriers(page)).toEqual([])
  })
})

describe('the map of a space', () => {
  const drawn = async (made: Partial<MadeComparison>) => {
    const world = await openWorld()
    await world.build(0, made)
    const section = sectionOf(await world.page())
    const { document } = parseHTML(`<html><body>${section}</body></html>`)
    return {
      section,
      titles: [...document.querySelectorAll('svg title')].map(({ textContent }) => textContent),
      legend: [...document.querySelectorAll('.legend span:not([aria-hidden])')].map(
        ({ textContent }) => textContent.trim(),
      ),
      looks: new Set(
        [...document.querySelectorAll('.legend [aria-hidden]')].map(
          (one) => `${one.textContent} ${one.getAttribute('style')}`,
        ),
      ),
    }
  }

  test('The map draws the served space, not a newer one', async () => {
    const world = await openWorld()
    await world.build(0)
    await world.serve(0)
    await world.build(1, { served: nameOf(0), points: 30 })
    expect((await world.collect()).map).toMatchObject({ generation: nameOf(0) })
    expect(sectionOf(await world.page())).toContain(`The served space, ${nameOf(0)}`)
  })

  test('Each point has its name, and each category its look', async () => {
    const { titles, legend, looks } = await drawn({ points: 60 })
    expect(titles).toHaveLength(60)
    expect(titles[0]).toBe('Title 0 (i0)\nbooks')
    expect(legend).toEqual(
      ['● books', '● films', '● games', '● music', '● news', '▲ shoes'].map(
        (name) => `${name} (10)`,
      ),
    )
    expect(looks.size).toBe(6)
  })

  test('More than ten categories end in one of all others', async () => {
    const categories = Array.from({ length: 14 }, (_, n) => `c${String(n).padStart(2, '0')}`)
    const { legend, looks } = await drawn({ points: 150, categories: [...categories, null] })
    expect(legend).toEqual([
      ...categories.slice(0, 9).map((name, n) => `${n < 5 ? '●' : '▲'} ${name} (10)`),
      '● other categories (50)',
      '○ no category (10)',
    ])
    expect(looks.size).toBe(11)
  })

  test('At most 500 points are drawn, evenly chosen', async () => {
    const { titles } = await drawn({ points: 1203 })
    expect(titles).toHaveLength(401)
    expect(titles[400]).toMatch(/^Title 1200 /)
  })

  test('A title is text and never markup', async () => {
    const { section } = await drawn({ points: 3, categories: ['<script>alert(1)</script>'] })
    expect(section).not.toContain('<script')
    expect(section).toContain('&#60;script&#62;')
  })

  test('A map without points, or with one, is drawn', async () => {
    expect((await drawn({ points: 0 })).section).toContain('The map has no items.')
    const { section, titles } = await drawn({ points: 1 })
    expect(titles).toHaveLength(1)
    expect(section).not.toContain('NaN')
  })
})
