import crawlers from 'crawler-user-agents'
import { describe, expect, test } from 'vitest'
import { isDeclaredBotAgent } from '../../../functions/closing/rules/declared-agents.ts'

const chrome = (device: string): string =>
  `Mozilla/5.0 (Linux; Android 11; ${device}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36`
const iphone = (version: string): string =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1`

const PHONES = [
  chrome('CUBOT X19'),
  chrome('CUBOT_X30 Build/QP1A.190711.020'),
  chrome('CUBOT_NOTE_S Build/NRD90M'),
  chrome('CUBOT KINGKONG 5'),
  'Mozilla/5.0 (Linux; U; Android 4.4.2; en-us;CUBOT P9 Build/KOT49H) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30',
  'Dalvik/2.1.0 (Linux; U; Android 11; CUBOT NOTE 20 Build/RP1A.200720.011)',
  'Mozilla/5.0 (Linux; Android 9;CUBOT_POWER) AppleWebKit/537.36 Chrome/80.0 Mobile Safari/537.36',
  chrome('SM-S918B'),
  chrome('Pixel 8 Pro'),
  chrome('Redmi Note 12'),
  chrome('moto g(60)'),
  chrome('CPH2557'),
  chrome('LM-K500'),
  chrome('Nokia G42 5G'),
  iphone('17_4_1'),
  iphone('15_8'),
  'Mozilla/5.0 (Linux; Android 13; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Android 14; Mobile; rv:124.0) Gecko/124.0 Firefox/124.0',
  'okhttp/4.12.0',
  'Shop/5.1 (iPhone; iOS 17.4; Scale/3.00)',
  'Shop/812 CFNetwork/1494.0.7 Darwin/23.4.0',
]

describe('Agents that declare themselves', () => {
  test('At least 99 % of known crawlers are found', () => {
    const agents = crawlers.flatMap(({ instances }) => instances)
    const found = agents.filter(isDeclaredBotAgent).length
    expect(agents.length).toBeGreaterThan(2000)
    expect(found / agents.length).toBeGreaterThanOrEqual(0.99)
  })

  test.each(PHONES)('The agent of a phone is not a bot: %s', (agent) => {
    expect(isDeclaredBotAgent(agent)).toBe(false)
  })

  test.each(['', '-', 'unknown', 'iPhone', 'desktop', 'Chrome'])(
    'A text that names no program declares nothing: "%s"',
    (agent) => {
      expect(isDeclaredBotAgent(agent)).toBe(false)
    },
  )

  test.each([
    'curl/8.5.0',
    'Wget/1.21.3',
    'python-requests/2.31.0',
    'Mozilla/5.0 (compatible; libwww; curl 7.1)',
    'Python/3.11 aiohttp/3.9.1',
    'ExampleBot/2.1 (+https://example.com/bot)',
    'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 Chrome/99 Mobile Safari/537.36 (compatible; Googlebot/2.1)',
  ])('A tool or crawler is found: %s', (agent) => {
    expect(isDeclaredBotAgent(agent)).toBe(true)
  })

  test('More different agents than the memory holds are all answered', () => {
    for (let n = 0; n < 25_000; n++) expect(isDeclaredBotAgent(chrome(`Phone ${n}`))).toBe(false)
    expect(isDeclaredBotAgent('curl/8.5.0')).toBe(true)
  })
})
