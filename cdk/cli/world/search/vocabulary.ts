/** The words of the shop that a search world sells from. Real words, so that analyzers have work to do. */

export interface ProductType {
  word: string
  /** Another word for the same thing. Some products and some queries use it. */
  other: string
}

export interface Department {
  name: string
  types: readonly ProductType[]
  /** Materials and styles. */
  traits: readonly string[]
  /** What its products are for. */
  uses: readonly string[]
  /** A usual price. */
  price: number
}

const types = (...pairs: readonly [word: string, other: string][]): ProductType[] =>
  pairs.map(([word, other]) => ({ word, other }))

export const DEPARTMENTS: readonly Department[] = [
  {
    name: 'furniture',
    types: types(['sofa', 'couch'], ['desk', 'bureau'], ['wardrobe', 'closet'], ['stool', 'bench']),
    traits: ['oak', 'walnut', 'velvet', 'leather'],
    uses: ['lounge', 'hallway', 'office', 'nursery'],
    price: 420,
  },
  {
    name: 'kitchen',
    types: types(['saucepan', 'pot'], ['blender', 'mixer'], ['kettle', 'teapot'], ['mug', 'cup']),
    traits: ['copper', 'ceramic', 'enamel', 'steel'],
    uses: ['breakfast', 'baking', 'soup', 'barista'],
    price: 45,
  },
  {
    name: 'bedding',
    types: types(
      ['duvet', 'quilt'],
      ['pillow', 'cushion'],
      ['blanket', 'throw'],
      ['mattress', 'futon'],
    ),
    traits: ['cotton', 'linen', 'wool', 'feather'],
    uses: ['winter', 'summer', 'guest', 'cot'],
    price: 80,
  },
  {
    name: 'lighting',
    types: types(
      ['lamp', 'light'],
      ['chandelier', 'pendant'],
      ['lantern', 'candleholder'],
      ['spotlight', 'projector'],
    ),
    traits: ['brass', 'glass', 'paper', 'dimmable'],
    uses: ['reading', 'bedside', 'ceiling', 'patio'],
    price: 70,
  },
  {
    name: 'garden',
    types: types(
      ['spade', 'shovel'],
      ['sprinkler', 'hose'],
      ['planter', 'flowerpot'],
      ['parasol', 'umbrella'],
    ),
    traits: ['terracotta', 'bamboo', 'teak', 'galvanized'],
    uses: ['lawn', 'balcony', 'vegetables', 'greenhouse'],
    price: 38,
  },
  {
    name: 'tools',
    types: types(
      ['drill', 'screwdriver'],
      ['hammer', 'mallet'],
      ['wrench', 'spanner'],
      ['sander', 'grinder'],
    ),
    traits: ['cordless', 'compact', 'titanium', 'magnetic'],
    uses: ['plumbing', 'masonry', 'carpentry', 'garage'],
    price: 65,
  },
  {
    name: 'clothing',
    types: types(
      ['jacket', 'coat'],
      ['sweater', 'jumper'],
      ['trousers', 'pants'],
      ['shirt', 'blouse'],
    ),
    traits: ['denim', 'merino', 'waterproof', 'striped'],
    uses: ['hiking', 'business', 'rain', 'maternity'],
    price: 60,
  },
  {
    name: 'shoes',
    types: types(
      ['sneakers', 'trainers'],
      ['boots', 'wellingtons'],
      ['sandals', 'flip-flops'],
      ['slippers', 'clogs'],
    ),
    traits: ['suede', 'canvas', 'padded', 'lightweight'],
    uses: ['running', 'beach', 'indoor', 'trekking'],
    price: 75,
  },
  {
    name: 'bags',
    types: types(
      ['backpack', 'rucksack'],
      ['suitcase', 'trolley'],
      ['wallet', 'purse'],
      ['handbag', 'tote'],
    ),
    traits: ['nylon', 'quilted', 'hardshell', 'foldable'],
    uses: ['cabin', 'laptop', 'weekend', 'school'],
    price: 90,
  },
  {
    name: 'sports',
    types: types(
      ['tent', 'shelter'],
      ['dumbbell', 'weight'],
      ['bicycle', 'bike'],
      ['racket', 'paddle'],
    ),
    traits: ['carbon', 'aluminium', 'inflatable', 'adjustable'],
    uses: ['camping', 'fitness', 'commuting', 'tournament'],
    price: 130,
  },
  {
    name: 'toys',
    types: types(
      ['puzzle', 'jigsaw'],
      ['doll', 'figurine'],
      ['blocks', 'bricks'],
      ['train', 'railway'],
    ),
    traits: ['wooden', 'plush', 'musical', 'washable'],
    uses: ['toddler', 'preschool', 'party', 'bath'],
    price: 25,
  },
  {
    name: 'audio',
    types: types(
      ['headphones', 'earphones'],
      ['speaker', 'loudspeaker'],
      ['turntable', 'gramophone'],
      ['microphone', 'mic'],
    ),
    traits: ['wireless', 'portable', 'vintage', 'foam'],
    uses: ['podcast', 'concert', 'karaoke', 'gaming'],
    price: 150,
  },
]

export const COLOURS = ['black', 'white', 'grey', 'blue', 'green', 'red', 'beige'] as const

/** Invented names. */
export const BRANDS = [
  ...['Ardelio', 'Bellwick', 'Corvane', 'Dunmarrow', 'Elsinda', 'Fennhurst', 'Galvary', 'Hollin'],
  ...['Ivendale', 'Juniva', 'Kestmoor', 'Lundara', 'Mirefield', 'Norvanda', 'Ostrello', 'Pellwyn'],
] as const

/** What people search for and the shop does not sell. No product has one of these words. */
export const NOT_SOLD = [
  ...['passport renewal', 'mortgage calculator', 'flight tickets', 'car insurance'],
  ...['piano lessons', 'aquarium fish', 'wedding photographer', 'gift voucher'],
] as const
