import { describe, expect, test } from 'vitest'
import { createChecksum } from '../../cdk/local/s3/checksums.ts'

/** Check values of the Catalogue of parametrised CRC algorithms (G. Cook), of "123456789". */
const CHECKS = { crc32: 'cbf43926', crc32c: 'e3069283', crc64nvme: 'ae8b14860a799888' }

describe('Object checksums', () => {
  test.each(Object.entries(CHECKS))(
    'The checksum %s has its published value, also over several parts',
    (name, hex) => {
      for (const pieces of [['123456789'], ['1', '2345', '', '6789']]) {
        const checksum = createChecksum(name)!
        for (const piece of pieces) checksum.update(Buffer.from(piece))
        expect(Buffer.from(checksum.digest(), 'base64').toString('hex')).toBe(hex)
      }
    },
  )
})
