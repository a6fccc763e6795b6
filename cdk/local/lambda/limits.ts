/** AWS Lambda Developer Guide, "Lambda quotas": request and response, each. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
/** The same table: a request with invocation type Event. */
export const MAX_EVENT_BYTES = 1024 * 1024
/** The same guide, "Lambda execution environment lifecycle": the Init phase. */
export const INIT_SECONDS = 10
/** "Invoke" API reference: how much of the log `LogType: Tail` returns. */
export const LOG_TAIL_BYTES = 4096
