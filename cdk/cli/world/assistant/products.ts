/** A made-up company, what it makes, and what its documents do not answer. */

export const COMPANY = 'Tamsin & Rook'

/** A product, its other name, and its name in German. */
export interface Product {
  word: string
  other: string
  german: string
}
const product = (word: string, other: string, german: string): Product => ({ word, other, german })

export const PRODUCTS: readonly Product[] = [
  product('kettle', 'water boiler', 'Wasserkocher'),
  product('vacuum cleaner', 'hoover', 'Staubsauger'),
  product('dishwasher', 'dish machine', 'Spülmaschine'),
  product('fridge', 'refrigerator', 'Kühlschrank'),
  product('oven', 'baking stove', 'Backofen'),
  product('toaster', 'bread grill', 'Toaster'),
  product('washer', 'laundry machine', 'Waschmaschine'),
  product('heater', 'radiator', 'Heizlüfter'),
  product('espresso maker', 'coffee machine', 'Espressomaschine'),
  product('blender', 'smoothie mixer', 'Mixer'),
  product('air purifier', 'air filter', 'Luftreiniger'),
  product('thermostat', 'temperature control', 'Thermostat'),
]

/** What people ask and no document answers. */
export const NOT_DOCUMENTED = [
  'which stocks should I buy this year',
  'write a poem about autumn rain',
  'who won the chess championship',
  'translate good morning into Welsh',
  'what is the capital of Bhutan',
  'recommend a dentist nearby',
] as const
