import { isIPv6 } from 'node:net'
import { passesLuhn, passesMod97 } from './checksums.ts'

export const PERSONAL_DATA = ['url-token', 'email', 'iban', 'card', 'ip', 'phone'] as const
export type PersonalDataKind = (typeof PERSONAL_DATA)[number]

export interface PersonalDataRule {
  kind: PersonalDataKind
  /** What may be one. */
  pattern: RegExp
  /** The part of it that is one, [from, to). */
  find(found: string): readonly [from: number, to: number] | null
}

/** All of it, or nothing. */
const whole =
  (accepts: (found: string) => boolean): PersonalDataRule['find'] =>
  (found) =>
    accepts(found) ? [0, found.length] : null

/** The longest part that begins and ends with a group of characters: a number may have other numbers beside it. */
const amongGroups =
  (accepts: (found: string) => boolean): PersonalDataRule['find'] =>
  (found) => {
    const groups = [...found.matchAll(/[^\s-]+/g)]
    for (let count = groups.length; count > 0; count--)
      for (let first = 0; first + count <= groups.length; first++) {
        const last = groups[first + count - 1]!
        const range = [groups[first]!.index, last.index + last[0].length] as const
        if (accepts(found.slice(...range))) return range
      }
    return null
  }

/** Lengths of the account numbers of countries (SWIFT, IBAN Registry, release 99). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18
   FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20
   LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24
   SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

const compact = (text: string): string => text.replace(/[\s-]/g, '')

/** ISO/IEC 7812: major industry identifiers of payment cards, and their lengths. */
const CARD =
  /^(?:4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11,14}|6\d{15,18}|35\d{14})$/

const isIpv4 = (text: string): boolean =>
  text.split('.').every((part) => Number(part) <= 255 && !/^0\d/.test(part))

/** Names of query parameters and fragments that give access or name a person. */
const TOKEN =
  /[?&#;](?:[\w.-]*(?:token|secret|passw(?:or)?d|signature|session(?:_?id)?|api_?key|access_?key|credential)[\w.-]*|sig|auth|code|key|jwt|sid|x-amz-\w+(?:-\w+)*)=[^\s&#]+/i

/** E.164: at most 15 digits. Without a plus, a number has separators in the way of phone numbers. */
function isPhone(found: string): boolean {
  const digits = found.replace(/\D/g, '')
  if (digits.length < 8 || digits.length > 15) return false
  // Dates, and parts of versions or prices, have separators, too.
  if (/^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/.test(found) || /^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$/.test(found))
    return false
  if (found.startsWith('+') || found.startsWith('00')) return true
  return (
    /^\(?0\d{1,4}\)?[ ./-]\d/.test(found) || /^\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}$/.test(found)
  )
}

/**
 * Rules in the order in which they apply: what one rule takes, later ones do not see. A name or an address of a street is
 * found by no rule.
 */
export const RULES: readonly PersonalDataRule[] = [
  {
    kind: 'url-token',
    pattern: /\b(?:https?|wss?|ftp):\/\/[^\s<>"'`]{4,2000}/gi,
    find: whole((url) => TOKEN.test(url) || /^[a-z]+:\/\/[^/?#@\s]+:[^/?#@\s]+@/i.test(url)),
  },
  {
    kind: 'email',
    // A local part of 64 and a domain of 255 characters (RFC 5321, section 4.5.3.1).
    pattern:
      /(?<![\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-])[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-](?:[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{0,62}[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-])?@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,63}(?![\p{L}\p{N}])/gu,
    find: whole((address) => !address.includes('..')),
  },
  {
    kind: 'iban',
    pattern: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,8}\b/gi,
    find: amongGroups((found) => {
      const iban = compact(found).toUpperCase()
      return IBAN_LENGTHS[iban.slice(0, 2)] === iban.length && passesMod97(iban)
    }),
  },
  {
    kind: 'card',
    pattern: /(?<![\p{L}\d.-])\d(?:[ -]?\d){12,39}(?![\p{L}\d]|[.-]\d)/gu,
    find: amongGroups((found) => CARD.test(compact(found)) && passesLuhn(compact(found))),
  },
  {
    kind: 'ip',
    pattern:
      /(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)|(?<![\w:.])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?:\.\d{1,3}){0,3}(?![\w:])/gi,
    find: whole((address) =>
      address.includes(':') ? address.length > 4 && isIPv6(address) : isIpv4(address),
    ),
  },
  {
    kind: 'phone',
    pattern: /(?<![\p{L}\d.,/:+-])(?:\+|\()?\d(?:[ ()./-]{0,2}\d){6,16}(?![\p{L}\d]|[.,/-]\d)/gu,
    find: whole(isPhone),
  },
]
