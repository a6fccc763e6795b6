import fc from 'fast-check'
import { expect, test } from 'vitest'
import { passesLuhn, passesMod97 } from '../../../functions/graph/personal-data/checksums.ts'
import {
  noPersonalData,
  removePersonalData,
} from '../../../functions/graph/personal-data/remove-personal-data.ts'

/** The text without personal data, and the rules that found some, each as often as it did. */
function clean(text: string): [text: string, found: string] {
  const counts = noPersonalData()
  const rest = removePersonalData(text, counts)
  const found = Object.entries(counts).filter(([, count]) => count > 0)
  return [rest, found.map(([kind, count]) => `${kind} ${count}`).join(', ')]
}

test.each([
  ['write to ann.lee+x@mail.example.co.uk.', 'write to [email].'],
  ['<jörg@straße.de>', '<[email]>'],
  ['card 4111 1111 1111 1111, thanks', 'card [card], thanks'],
  ['5500-0000-0000-0004', '[card]'],
  ['amex 378282246310005', 'amex [card]'],
  ['IBAN DE89 3704 0044 0532 0130 00 please', 'IBAN [iban] please'],
  ['gb29nwbk60161331926819', '[iban]'],
  ['call +49 30 901820 today', 'call [phone] today'],
  ['call (415) 555-2671', 'call [phone]'],
  ['0171 123 45 67', '[phone]'],
  ['from 203.0.113.77:8080', 'from [ip]:8080'],
  ['mapped ::ffff:203.0.113.77', 'mapped [ip]'],
  ['item 7 4111 1111 1111 1111 4111 1111 1111 1111', 'item 7 [card] [card]'],
  ['from 203.0.113.77.', 'from [ip].'],
  ['host 2001:db8::ff00:42:8329 is down', 'host [ip] is down'],
  ['https://x.org/a?b=1&access_token=abc123 now', '[url-token] now'],
  ['https://ann:secret@x.org/', '[url-token]'],
])('The filter reads %j as %j', (text, rest) => {
  expect(clean(text)[0]).toBe(rest)
})

test.each([
  ['a decorator', '@app.route and user@localhost'],
  ['a number that fails the card check', '4111 1111 1111 1112'],
  ['an order number of 16 digits', 'order 1234567890123456'],
  ['an account number with a wrong check', 'DE88 3704 0044 0532 0130 00'],
  ['a version', 'version 1.2.3.400 and 10.04.1.999'],
  ['a date', '2024-05-17 and 17.05.2024'],
  ['a time', 'at 12:30:45'],
  ['a price', '1,234,567.00 and 12 000 000'],
  ['a plain address', 'https://example.org/docs?page=2#top'],
  ['a range of years', '1990-2024'],
  ['a MAC address', '00:1b:44:11:3a:b7'],
  ['a C++ scope', 'std::vector and a::b'],
  ['a long identifier', 'id 550e8400-e29b-41d4-a716-446655440000'],
])('The filter leaves %s', (_what, text) => {
  expect(clean(text)).toEqual([text, ''])
})

test('Finds are counted by rule', () => {
  const text = 'a@b.org, c@d.org, 4111111111111111, 10.0.0.1 and +14155552671'
  expect(clean(text)).toEqual([
    '[email], [email], [card], [ip] and [phone]',
    'email 2, card 1, ip 1, phone 1',
  ])
})

test('A cleaned text has nothing more to find', () => {
  const part = fc.constantFrom(
    'a@b.org',
    '4111 1111 1111 1111',
    '+14155552671',
    'x',
    ' ',
    '10.0.0.1',
    '-',
    '7',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const once = clean(parts.join(' '))[0]
      expect(clean(once)).toEqual([once, ''])
    }),
    { numRuns: 200 },
  )
})

test('The check of cards finds every changed digit', () => {
  fc.assert(
    fc.property(fc.nat({ max: 15 }), fc.integer({ min: 1, max: 9 }), (place, add) => {
      const digits = [...'4111111111111111'].map(Number)
      digits[place] = (digits[place]! + add) % 10
      expect(passesLuhn(digits.join(''))).toBe(false)
    }),
  )
})

test('The check of accounts is the rest of a division by 97', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Z]{2}\d{2}[A-Z0-9]{12,20}$/), (iban) => {
      const number = [...`${iban.slice(4)}${iban.slice(0, 4)}`]
        .map((c) => Number.parseInt(c, 36))
        .join('')
      expect(passesMod97(iban)).toBe(BigInt(number) % 97n === 1n)
    }),
  )
})

test.each([
  ['addresses', 'a.'.repeat(50_000)],
  ['digits', '1 '.repeat(20_000)],
  ['colons', 'a:'.repeat(50_000)],
  ['letters', 'DE12'.repeat(25_000)],
  ['at signs', 'a@'.repeat(50_000)],
])('A long text of %s takes little time', (_what, text) => {
  const started = process.cpuUsage()
  removePersonalData(text, noPersonalData())
  const { user } = process.cpuUsage(started)
  expect(user).toBeLessThan(1_000_000)
})
