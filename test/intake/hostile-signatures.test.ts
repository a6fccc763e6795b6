import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BODY, refusalOf, signed, take } from './signed-drops.ts'

describe('Hostile metadata', () => {
  test('A malformed field is refused by its name', async () => {
    for (const [name, value] of [
      ['qm-signature', 'zz'.repeat(32)],
      ['qm-signature', 'ab'.repeat(31)],
      ['qm-signature', 'ab'.repeat(1000)],
      ['qm-signature', `${'ab'.repeat(31)}é1`],
      ['qm-signature', ''],
      ['qm-signed-ms', '9'.repeat(400)],
      ['qm-signed-ms', '-176452920000'],
      ['qm-signed-ms', '1e12'],
      ['qm-signed-ms', ' 1764529200000'],
      ['qm-signed-ms', '１７６４５２９２０００００'],
    ] as const) {
      const refused = await refusalOf({ ...signed(BODY), [name]: value })
      expect(refused?.reason, value).toBe('malformed_signature')
      expect(refused?.detail).toContain(name)
      expect(refused!.detail.length).toBeLessThan(300)
    }
  })

  test('No field of a signature may be left out', async () => {
    for (const name of ['qm-producer', 'qm-signed-ms', 'qm-signature']) {
      const { [name]: _, ...metadata } = signed(BODY)
      expect((await refusalOf(metadata))?.detail).toContain(`metadata ${name}: got nothing`)
    }
  })

  test('No metadata make intake throw or accept', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 })
    const fields = { 'qm-producer': text, 'qm-signed-ms': text, 'qm-signature': text }
    const names = fc.constantFrom('app', 'shop', '__proto__', 'constructor')
    const hostile = fc.record(
      { ...fields, 'qm-producer': fc.oneof(names, text) },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(hostile, async (metadata) => {
        const { manifest } = await take({ ...metadata })
        expect(manifest.refused).not.toBeNull()
      }),
      { seed: 14, numRuns: 60 },
    )
  })
})
