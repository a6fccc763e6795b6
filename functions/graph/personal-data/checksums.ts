/** Whether digits pass the check of payment cards (Luhn 1960; ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? 2 * digit : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return digits.length > 0 && sum % 10 === 0
}

/**
 * Whether an account number passes its check (ISO 13616; ISO 7064, MOD 97-10): the first four characters go to the
 * end, letters become 10 to 35, and the rest of the division by 97 is 1. Upper case, without spaces.
 */
export function passesMod97(iban: string): boolean {
  let rest = 0
  for (const character of `${iban.slice(4)}${iban.slice(0, 4)}`) {
    const value = Number.parseInt(character, 36)
    if (Number.isNaN(value)) return false
    rest = (value < 10 ? 10 * rest + value : 100 * rest + value) % 97
  }
  return rest === 1
}
