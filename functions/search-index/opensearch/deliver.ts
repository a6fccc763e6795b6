import { setTimeout } from 'node:timers/promises'
import { QuartermasterError } from '../../core/errors.ts'
import { compareVersions } from '../version.ts'
import {
  BULK_LIMITS,
  type BulkItem,
  type BulkLimits,
  bulkItem,
  bulkRequest,
  newestDocuments,
  planRequests,
  type QuarantinedDocument,
} from './bulk.ts'
import { type BulkAnswer, type Outcome, readBulkAnswer } from './bulk-outcomes.ts'
import type { Ledger } from './ledger.ts'
import { physicalIndex, writeAlias } from './names.ts'
import type { SearchServer } from './server.ts'
import type { TextDocument } from './text-document.ts'

export interface DeliveryTarget {
  server: SearchServer
  ledger: Ledger
  scene: string
  generation: string
}
export interface DeliveryOptions {
  limits?: BulkLimits
  /** The wait before each further attempt. One attempt more than waits is made. */
  waitsMs?: readonly number[]
  pause?: (ms: number) => Promise<unknown>
}

/** 32 s in all: a busy server recovers, and the queue's own retries take over after that. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 16_000]

/** `read` is the sum of all others. */
interface DeliveryAccount {
  read: number
  /** Indexed or deleted. */
  written: number
  /** Deletions of documents that the server does not have. */
  absent: number
  /** Repeated in this delivery, or older than another statement in it. */
  superseded: number
  /** Older than the statement that the ledger has. They are not sent. */
  older: number
  /** The server has a newer one: another delivery was faster. */
  newer: number
  quarantined: number
}
export interface Delivery {
  account: DeliveryAccount
  quarantined: QuarantinedDocument[]
}

interface Sending extends Required<DeliveryOptions> {
  target: DeliveryTarget
  physical: string
  alias: string
  delivery: Delivery
}

interface VersionedItem {
  item: BulkItem
  external: bigint
}

const quarantine = ({ account, quarantined }: Delivery, found: QuarantinedDocument): void => {
  account.quarantined++
  quarantined.push(found)
}

/**
 * Notes the documents and leaves out those that are older than what is noted. It is done again before each
 * attempt, so that no attempt carries a statement that has been outdated for longer than a request takes.
 */
async function admit(sending: Sending, items: readonly BulkItem[]): Promise<VersionedItem[]> {
  const statements = items.map(({ document: { id, version, content } }) => ({
    ...{ id, version, gone: content === null },
  }))
  const noted = await sending.target.ledger.note(statements)
  return items.flatMap((item) => {
    const newest = noted.get(item.document.id)!
    if (compareVersions(item.document.version, newest) === 0)
      return [{ item, external: newest.external }]
    sending.delivery.account.older++
    return []
  })
}

async function sendOnce(
  { target, alias, physical }: Sending,
  items: readonly VersionedItem[],
): Promise<BulkAnswer> {
  try {
    const answer = await target.server.send(bulkRequest(alias, items))
    return readBulkAnswer(answer, items.length, physical)
  } catch (error) {
    if (!(error instanceof QuartermasterError)) throw error
    return { kind: 'again', reason: error.message }
  }
}

const faultOf = (sending: Sending, count: number, reason: string): QuartermasterError =>
  new QuartermasterError(
    `Search index ${sending.alias}: ${count} documents were not written: ${reason}. Deliver them again: a repeat has no effect on those that were written`,
  )

/** Enters an outcome in the account. Returns the reason where the document must be sent again. */
function enter(sending: Sending, document: TextDocument, outcome: Outcome): string | null {
  const { delivery } = sending
  if (outcome.kind === 'again') return outcome.reason
  if (outcome.kind === 'quarantined') quarantine(delivery, { document, reason: outcome.reason })
  else if (outcome.kind !== 'fault') delivery.account[outcome.kind]++
  return null
}

/** Sends one request until each of its documents has an outcome that lasts. */
async function sendRequest(sending: Sending, items: readonly BulkItem[]): Promise<void> {
  let left = items
  let reason = ''
  for (const waitMs of [0, ...sending.waitsMs]) {
    if (waitMs > 0) await sending.pause(waitMs)
    const admitted = await admit(sending, left)
    left = admitted.map(({ item }) => item)
    if (left.length === 0) return
    const answer = await sendOnce(sending, admitted)
    if (answer.kind === 'outcomes') {
      const { outcomes } = answer
      const fault = outcomes.find((outcome) => outcome.kind === 'fault')
      if (fault) throw faultOf(sending, left.length, fault.reason)
      left = left.filter(({ document }, i) => {
        const again = enter(sending, document, outcomes[i]!)
        reason = again ?? reason
        return again !== null
      })
      if (left.length === 0) return
    } else if (answer.kind === 'fault') throw faultOf(sending, left.length, answer.reason)
    else if (answer.kind === 'too large') return sendInHalves(sending, left, answer.reason)
    else reason = answer.reason
  }
  const attempts = sending.waitsMs.length + 1
  throw faultOf(sending, left.length, `${reason}, in the last of ${attempts} attempts`)
}

async function sendInHalves(
  sending: Sending,
  items: readonly BulkItem[],
  reason: string,
): Promise<void> {
  const [first] = items
  if (items.length === 1) return quarantine(sending.delivery, { document: first!.document, reason })
  const middle = Math.ceil(items.length / 2)
  await sendRequest(sending, items.slice(0, middle))
  await sendRequest(sending, items.slice(middle))
}

const emptyAccount = (read: number): DeliveryAccount => ({
  ...{ read, written: 0, absent: 0, superseded: 0, older: 0, newer: 0, quarantined: 0 },
})

/** Quarantines the documents that are larger than a request may be. */
function itemsOf(sending: Sending, documents: readonly TextDocument[]): BulkItem[] {
  const { maxDocumentBytes } = sending.limits
  return documents.flatMap((document) => {
    const item = bulkItem(document)
    if (item.bytes <= maxDocumentBytes) return [item]
    const reason = `the document has ${item.bytes} bytes, expected at most ${maxDocumentBytes}`
    quarantine(sending.delivery, { document, reason })
    return []
  })
}

/**
 * Writes documents to the physical index of a generation, each unless a newer statement is known. The
 * ledger notes a statement before it is sent, so a repeated, reordered or broken delivery ends in the same
 * documents. Throws QuartermasterError where the server cannot be written to: nothing is lost if the same
 * documents are delivered again.
 */
export async function deliverDocuments(
  target: DeliveryTarget,
  documents: readonly TextDocument[],
  options: DeliveryOptions = {},
): Promise<Delivery> {
  const { newest, unfit } = newestDocuments(documents)
  const delivery: Delivery = { account: emptyAccount(documents.length), quarantined: [] }
  const sending: Sending = {
    limits: BULK_LIMITS,
    waitsMs: WAITS_MS,
    pause: setTimeout,
    ...options,
    target,
    physical: physicalIndex(target.scene, target.generation),
    alias: writeAlias(target.scene, target.generation),
    delivery,
  }
  for (const found of unfit) quarantine(delivery, found)
  delivery.account.superseded = documents.length - unfit.length - newest.length
  const items = itemsOf(sending, newest)
  for (const request of planRequests(items, sending.limits)) await sendRequest(sending, request)
  return delivery
}
