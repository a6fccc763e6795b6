import type { AttributeValues } from '../../functions/graph/resolution/records.ts'
import {
  type Draws,
  drawsOf,
  type EntityPairs,
  misspell,
  RARE_WORDS,
  shuffled,
} from './entity-pairs.ts'
import { pairUp } from './entity-pairs-shops.ts'

const VENUES: [dblp: string, acm: string][] = [
  ['SIGMOD Conference', 'International Conference on Management of Data'],
  ['VLDB', 'Very Large Data Bases'],
  ['SIGMOD Record', 'ACM SIGMOD Record '],
  ['ACM Trans. Database Syst.', 'ACM Transactions on Database Systems (TODS) '],
  ['VLDB J.', 'The VLDB Journal &mdash; The International Journal on Very Large Data Bases '],
]
const COLUMNS = [
  "Editor's Notes",
  'Guest Editorial',
  "Chair's Message",
  'Book Review Column',
  'Reminiscences on Influential Papers',
  'Research Surveys',
  'Distinguished Database Profiles',
  'Foreword',
  "Treasurer's Message",
  'Standards',
]
const [ADJECTIVES, NOUNS, HEADS] = [
  'efficient scalable adaptive incremental optimal parallel distributed dynamic approximate robust semantic temporal spatial declarative active secure integrated object-oriented relational deductive multidimensional fast generic cost-based',
  'query view index join transaction schema workflow stream data warehouse object similarity association constraint cache replica storage aggregate path pattern document cluster histogram trigger lock recovery mediator ontology cube',
  'processing maintenance optimization evaluation management mining integration selection estimation evolution control retrieval structures algorithms languages systems models materialization discovery translation scheduling partitioning',
].map((words) => words.split(' ')) as [string[], string[], string[]]
const TAILS =
  'databases,XML documents,the Web,large databases,main memory,heterogeneous sources,mobile clients,OLAP,spatial data,time series,sensor networks,relational engines,decision support,data streams,peer-to-peer systems,digital libraries,multimedia servers,high dimensional spaces'.split(
    ',',
  )
const GIVEN =
  'John,Mary,Hans,Wei,Rakesh,Anna,Michael,Jennifer,David,Laura,Christos,Surajit,Divesh,Elisa,Peter,Yannis,Jeffrey,Hector,Raghu,Timos,Gerhard,Sophie,Kenneth,Nick,Beng,Jiawei,Umeshwar,Dan,Alon,Jim'.split(
    ',',
  )
const ROOTS =
  'Sm,Agra,Gar,Wid,Na,Io,Cha,Sri,Ul,Ab,Han,Ra,De,Ke,Lo,Mi,Pa,Se,To,Ver,Wei,Zan,Bo,Fra,Jag,Kri,Sto,Hal,Fal,Cer'.split(
    ',',
  )
const ENDS =
  'ith,wal,cia,om,ughton,annidis,udhuri,vastava,lman,iteboul,ker,makrishnan,Witt,mper,rensen,tchell,padias,llis,rres,man,kum,iolo,sworth,nklin,adish,shnamurthy,nebraker,evy,outsos,i'.split(
    ',',
  )

interface Paper {
  title: string
  authors: [given: string, middle: string, family: string][]
  venue: number
  year: number
}

function drawAuthors(draws: Draws): Paper['authors'] {
  return Array.from({ length: draws.int(1, 5) }, () => [
    draws.pick(GIVEN),
    draws.chance(0.25) ? draws.letters(1) : '',
    draws.pick(ROOTS) + draws.pick(ENDS),
  ])
}

const capital = (text: string): string =>
  text.replace(
    /(^|[\s-])([a-z])/g,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  )

/** Some papers have a conference and a journal version, and some columns come back every year. */
function drawPapers(draws: Draws, count: number): Paper[] {
  const papers: Paper[] = []
  while (papers.length < count) {
    const [venue, year] = [draws.int(0, VENUES.length - 1), draws.int(1994, 2003)]
    if (draws.chance(0.03)) {
      papers.push({
        title: draws.pick(COLUMNS),
        authors: drawAuthors(draws).slice(0, 1),
        venue: 2,
        year,
      })
      continue
    }
    const name = draws.chance(0.15) ? `${capital(draws.pick(RARE_WORDS))}: ` : ''
    const tail = draws.chance(0.75)
      ? ` ${draws.pick(['in', 'for', 'over', 'on'])} ${draws.pick(TAILS)}`
      : ''
    const title = `${name}${capital([draws.pick(ADJECTIVES), draws.pick(NOUNS), draws.chance(0.5) ? draws.pick(NOUNS) : '', draws.chance(0.6) ? draws.pick(RARE_WORDS) : '', draws.pick(HEADS)].filter(Boolean).join(' '))}${tail}`
    const authors = drawAuthors(draws)
    papers.push({ title, authors, venue, year })
    if (draws.chance(0.05) && papers.length < count)
      papers.push({
        title,
        authors,
        venue: (venue + 2) % VENUES.length,
        year: Math.min(2003, year + draws.int(1, 2)),
      })
  }
  return papers
}

const dblpOf = (paper: Paper): Record<string, AttributeValues> => ({
  title: paper.title,
  authors: paper.authors.map((name) => name.filter(Boolean).join(' ')).join(', '),
  venue: VENUES[paper.venue]![0],
  year: paper.year,
})

function acmOf(draws: Draws, paper: Paper): Record<string, AttributeValues> {
  const style = draws.uniform()
  const authors = paper.authors.map(([given, middle, last]) =>
    [style < 0.12 ? `${given[0]}.` : given, middle && draws.chance(0.6) ? `${middle}.` : '', last]
      .filter(Boolean)
      .join(' '),
  )
  const kept = draws.chance(0.06) ? authors.slice(0, Math.max(1, authors.length - 1)) : authors
  const title = draws.chance(0.1) ? paper.title.toLowerCase() : paper.title
  const words = title.split(' ')
  return {
    title: draws.chance(0.04)
      ? words.map((word) => (draws.chance(0.2) ? misspell(draws, word) : word)).join(' ')
      : title,
    authors: draws.chance(0.02)
      ? ''
      : (draws.chance(0.1) ? shuffled(draws, kept) : kept).join(', '),
    venue: VENUES[paper.venue]![1],
    year: draws.chance(0.03) ? paper.year + 1 : paper.year,
  }
}

/** Like DBLP-ACM (Köpcke, Thor and Rahm 2010): papers on databases, well-kept in both sources. */
export function dblpAcm(seed: number, scale = 1): EntityPairs {
  const draws = drawsOf(seed)
  const size = (count: number): number => Math.round(scale * count)
  const papers = drawPapers(draws, size(2616 + 70))
  const rank = new Map(papers.map((one) => [one, draws.uniform()]))
  const order = [...papers].sort((a, b) => rank.get(a)! - rank.get(b)!)
  const left = shuffled(draws, order.slice(0, size(2616)))
  const right = shuffled(draws, [...order.slice(0, size(2224)), ...order.slice(size(2616))])
  return pairUp('dblp-acm', left, right, dblpOf, (one) => acmOf(draws, one))
}
