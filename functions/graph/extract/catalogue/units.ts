import { UNITS, type UnitName } from '../../../contract/graph.ts'

/** What a unit measures, and how many of the dimension's first unit it is. */
const SIZES: Readonly<Record<UnitName, readonly [dimension: string, size: number]>> = {
  mm: ['length', 1],
  cm: ['length', 10],
  m: ['length', 1000],
  km: ['length', 1e6],
  in: ['length', 25.4],
  ft: ['length', 304.8],
  mg: ['mass', 1],
  g: ['mass', 1000],
  kg: ['mass', 1e6],
  oz: ['mass', 28349.523125],
  lb: ['mass', 453592.37],
  ml: ['volume', 1],
  cl: ['volume', 10],
  l: ['volume', 1000],
  mah: ['charge', 1],
  wh: ['energy', 1],
  w: ['power', 1],
  kw: ['power', 1000],
  v: ['voltage', 1],
  mb: ['memory', 1],
  gb: ['memory', 1000],
  tb: ['memory', 1e6],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3600],
}

const SPELLINGS: Readonly<Record<string, UnitName>> = {
  ...{ '"': 'in', '”': 'in', '″': 'in', inch: 'in', inches: 'in', "'": 'ft', '′': 'ft' },
  ...{ feet: 'ft', foot: 'ft', millimeter: 'mm', millimetre: 'mm', centimeter: 'cm' },
  ...{ centimetre: 'cm', meter: 'm', metre: 'm', kilometer: 'km', kilometre: 'km' },
  ...{ milligram: 'mg', gram: 'g', gr: 'g', kilogram: 'kg', kilo: 'kg', ounce: 'oz' },
  ...{ pound: 'lb', lbs: 'lb', milliliter: 'ml', millilitre: 'ml', liter: 'l', litre: 'l' },
  ...{ watt: 'w', volt: 'v', megabyte: 'mb', gigabyte: 'gb', terabyte: 'tb' },
  ...{ sec: 's', second: 's', minute: 'min', hr: 'h', hour: 'h' },
}

const isUnit = (text: string): text is UnitName => (UNITS as readonly string[]).includes(text)
/** The unit of a spelling, in any case and in the plural: `Inches`, `LBS.`; null for another word. */
export function unitNamed(text: string): UnitName | null {
  const word = text.toLowerCase().replace(/\.$/, '')
  for (const spelling of [word, word.replace(/s$/, '')]) {
    if (isUnit(spelling)) return spelling
    if (Object.hasOwn(SPELLINGS, spelling)) return SPELLINGS[spelling]!
  }
  return null
}

export interface Quantity {
  value: number
  /** As it is written: empty where there is none. */
  unit: string
}

/**
 * The digits of one number, with a comma or a point. The last mark is the decimal one unless it groups thousands:
 * it repeats, or it is a comma before three digits. So 1,500 is 1500, 1.500 is 1.5, and 1,5 is 1.5.
 */
function decimalOf(text: string): number {
  const marks = text.match(/[.,]/g) ?? []
  const last = Math.max(text.lastIndexOf(','), text.lastIndexOf('.'))
  const isMixed = new Set(marks).size > 1
  const groups = isMixed ? false : marks.length > 1 || /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text)
  if (marks.length === 0) return Number(text)
  const whole = (groups ? text : text.slice(0, last)).replace(/[.,]/g, '')
  return Number(groups ? whole : `${whole}.${text.slice(last + 1)}`)
}

/** A number with a unit or none: `12 cm`, `120mm`, `1,5 kg`, `-3`. Null for any other text. */
export function parseQuantity(text: string): Quantity | null {
  if (text.length > 64) return null
  const match = /^([+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d{1,2})?)\s*([\p{L}"'”″′]{0,16}\.?)$/iu.exec(
    text.trim(),
  )
  if (!match) return null
  const [, digits, unit] = match
  const value = /e/i.test(digits!) ? Number(digits) : decimalOf(digits!)
  return Number.isFinite(value) ? { value, unit: unit! } : null
}

/** A number in another unit, to 12 digits so that 1.2 dm and 12 cm agree. Null: they measure different things. */
export function convert(value: number, from: UnitName, to: UnitName): number | null {
  if (from === to) return value
  const [[dimension, size], [wanted, other]] = [SIZES[from], SIZES[to]]
  return dimension === wanted ? Number(((value * size) / other).toPrecision(12)) : null
}
