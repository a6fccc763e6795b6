import { type Draws, RARE_WORDS } from './entity-pairs.ts'

/** Publisher: its products, each with words of what it does. */
const PUBLISHERS: [publisher: string, short: string, products: string][] = [
  [
    'adobe systems',
    'adobe',
    'photoshop:acrobat professional:illustrator:creative suite design premium:creative suite web standard:premiere pro:after effects professional:indesign:dreamweaver:flash professional:contribute:photoshop elements:premiere elements:captivate:golive:font folio:production studio premium:fireworks:incopy:encore dvd',
  ],
  [
    'microsoft',
    'microsoft',
    'office professional:office small business:office standard:windows vista business:windows xp home:windows server standard:visual studio professional:sql server workgroup:exchange server:project standard:visio professional:money plus deluxe:streets & trips:encarta premium:works suite:age of empires:flight simulator deluxe:student with encarta:onenote:publisher:frontpage:small business accounting',
  ],
  [
    'intuit',
    'intuit',
    'quickbooks pro:quickbooks premier:quickbooks simple start:quicken deluxe:quicken premier home & business:turbotax deluxe:turbotax home & business:quickbooks point of sale:quicken willmaker plus:quickbooks enterprise solutions:quickbooks payroll standard',
  ],
  [
    'symantec',
    'symantec',
    'norton antivirus:norton internet security:norton 360:norton ghost:norton systemworks premier:antivirus corporate edition:backup exec windows server:endpoint protection:pcanywhere host & remote:norton save & restore',
  ],
  [
    'sage software',
    'sage',
    'peachtree complete accounting:peachtree premium accounting:peachtree first accounting:peachtree quantum accounting:act premium:act workgroup:timeslips:simply accounting basic:master builder:businessworks gold',
  ],
  [
    'corel',
    'corel',
    'paint shop pro photo:wordperfect office standard:coreldraw graphics suite:painter:videostudio plus:snapfire plus:winzip professional:dvd moviefactory:designer technical suite:mediaone plus',
  ],
  [
    'apple',
    'apple',
    'final cut express:final cut studio:logic express:logic pro:aperture:ilife:iwork:mac os x tiger:mac os x leopard:remote desktop:shake:quicktime pro',
  ],
  [
    'nuance communications',
    'nuance',
    'dragon naturallyspeaking preferred:dragon naturallyspeaking standard:omnipage professional:paperport professional:pdf converter professional:pdf create:textbridge pro',
  ],
  [
    'autodesk',
    'autodesk',
    'autocad lt:autocad:autosketch:3ds max:maya complete:inventor suite:revit architecture:autocad electrical',
  ],
  [
    'encore software',
    'encore',
    'the print shop deluxe:hoyle card games:hoyle casino:hoyle board games:mavis beacon teaches typing deluxe:calendar creator deluxe:punch home design architectural series:advantage spanish:printmaster platinum:where in the world is carmen sandiego:reader rabbit preschool',
  ],
  [
    'topics entertainment',
    'topics',
    'instant immersion spanish deluxe:instant immersion french:instant immersion italian:instant immersion german audio:snap physics:advanced learning algebra:speed learning:quickstudy chemistry:middle school advantage:home repair encyclopedia',
  ],
  [
    'riverdeep',
    'riverdeep',
    'clickart image pak:kid pix deluxe:math blaster ages:reading blaster:oregon trail:zoombinis logical journey:family tree maker deluxe:print artist platinum:jumpstart kindergarten:jumpstart first grade:carmen sandiego word detective',
  ],
  [
    'mcafee',
    'mcafee',
    'internet security suite:virusscan plus:total protection:active virusscan smb:parental controls:secure email gateway',
  ],
  [
    'pinnacle systems',
    'pinnacle',
    'studio plus:studio ultimate:mobile media converter:instant dvd recorder:tv for mac:videospin',
  ],
  [
    'sony creative',
    'sony',
    'vegas movie studio platinum:vegas pro:acid music studio:acid pro:sound forge audio studio:cinescore:dvd architect studio:super duper music looper',
  ],
  [
    'individual software',
    'individual',
    'typing instructor deluxe:resumemaker professional:professor teaches windows:professor teaches office:anytime organizer deluxe:world atlas encyclopedia:total 3d home & landscape',
  ],
  [
    'global marketing partners',
    'global',
    'masque slots:bridge baron:backgammon deluxe:pool sharks:casino empire gold:chessmaster academy:bicycle card collection',
  ],
]
const YEARS = ['2003', '2004', '2005', '2006', '2007', '2008']
const VERSIONS = [
  '3.0',
  '4.0',
  '5.0',
  '6.0',
  '6.5',
  '7.0',
  '8',
  '9',
  '10',
  '11',
  '12',
  'x3',
  'cs2',
  'cs3',
  'v4',
  'v7.5',
]
const EDITIONS = [
  '',
  '',
  '',
  'upgrade',
  'academic',
  'student and teacher edition',
  'home edition',
  'small box',
  '5-user',
  '10-user',
  '3-user',
]
const PLATFORMS = ['', '', '', 'mac', 'win', 'win/mac']

export interface Software {
  publisher: string
  short: string
  product: string
  version: string
  edition: string
  platform: string
  words: string[]
  price: number
}

export const WORDS =
  'create edit share manage protect learn organize design print photos documents video music business taxes home kids games professional tools easy powerful complete award winning interactive lessons reports customers network files email spyware backup restore templates clip art fonts images languages pronunciation vocabulary fractions reading spelling puzzles adventure strategy simulation invoices payroll inventory budget investments maps routes trips drawing rendering animation effects titles audio mixing loops speech dictation scanning conversion forms signatures web pages publishing layout vector painting brushes'.split(
    ' ',
  )

/** Different releases. A product has some that differ in version, edition and platform alone. */
export function drawSoftware(draws: Draws, count: number): Software[] {
  const drawn: Software[] = []
  const seen = new Set<string>()
  // Made-up titles of small publishers stand for the long tail.
  const rare = Array.from({ length: 1300 }, (): [string, string, string] => {
    const name = draws.pick([
      'kidsoft',
      'nova development',
      'broderbund',
      'valusoft',
      'cosmi',
      'atari',
      'vivendi',
      'emedia',
      'laser soft',
      'allume',
      'aspyr media',
      'fogware',
      'magix',
      'swift software',
    ])
    return [
      name,
      name,
      [...draws.some(WORDS, draws.int(1, 2)), ...draws.some(RARE_WORDS, draws.int(0, 2))].join(' '),
    ]
  })
  const known = PUBLISHERS.flatMap(([publisher, short, products]) =>
    products.split(':').map((product): [string, string, string] => [publisher, short, product]),
  )
  while (drawn.length < count) {
    const [publisher, short, product] = draws.chance(0.4) ? draws.pick(known) : draws.pick(rare)
    const words = draws.some(WORDS, 12)
    const price = Math.exp(2.5 + 4 * draws.uniform())
    const siblings = draws.pick([1, 1, 1, 1, 2, 3])
    const versions = draws.chance(0.4) ? YEARS : VERSIONS
    const base = draws.chance(0.75) ? draws.pick(versions) : ''
    for (let s = 0; s < siblings; s++) {
      const version = draws.chance(0.4) && base ? draws.pick(versions) : base
      const [edition, platform] = [draws.pick(EDITIONS), draws.pick(PLATFORMS)]
      const key = [product, version, edition, platform].join('|')
      if (seen.has(key) || drawn.length >= count) continue
      seen.add(key)
      drawn.push({
        ...{ publisher, short, product, version, edition, platform, words },
        price:
          Math.round(price * (edition === 'upgrade' ? 0.4 : 1) * (0.8 + 0.4 * draws.uniform())) +
          0.99,
      })
    }
  }
  return drawn
}
