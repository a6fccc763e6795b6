/** Wrong usage, which the user can correct. Printed as one sentence, exit code 2. */
export class UsageError extends Error {}

/** A deployed function refused the request. Printed as one sentence, exit code 1. */
export class RefusedError extends Error {}
