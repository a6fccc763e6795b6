/** AWS Lambda Developer Guide, "Lambda quotas": request and response, each. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
/** The same table: a request with invocation type Event. */
export const MAX_EVENT_BYTES = 1024 * 1024
/** The same guide, "Lambda execution environment lifecycle": the Init phase. */
export const INIT_SECONDS = 10
/** "Invoke" API reference: how much of the log `LogType: Tail` returns. */
export const LOG_TAIL_BYTES = 4096

/** Lambda's own runtime gives V8's old space nine tenths of the memory and leaves the rest to buffers. */
export const oldSpaceMiB = (memoryMiB: number): number => Math.floor(memoryMiB * 0.9)
