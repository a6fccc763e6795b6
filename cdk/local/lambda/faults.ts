/** What a function's caller gets when the process, not the handler, is at fault; worded as Lambda words it. */
export interface Fault {
  errorType: string
  errorMessage: string
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
}

export const timedOut = (requestId: string, timeoutSeconds: number): Fault => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
})

export function exited(requestId: string, code: number | null, signal: string | null): Fault {
  const how = signal
    ? `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`
    : code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${how}` }
}

export const responseTooLarge = (limitBytes: number): Fault => ({
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`,
})
