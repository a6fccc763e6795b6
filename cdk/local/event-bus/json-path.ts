const STEP = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]|\["([^"]+)"\]/y

/**
 * A plain JSONPath (`$`, `.name`, `['name']`, `[0]`) as a function of the document; undefined where
 * nothing stands there. Throws for filters, wildcards, slices and descents.
 */
export function compileJsonPath(path: string): (document: unknown) => unknown {
  const refuse = (): never => {
    throw new Error(`"${path}" is no plain JSONPath, such as $.detail.key or $.resources[0]`)
  }
  if (!path.startsWith('$')) refuse()
  const steps: (string | number)[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path)
    if (!match) return refuse()
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4])! : Number(match[2]))
  }
  return (document) =>
    steps.reduce<unknown>(
      (value, step) =>
        value !== null && typeof value === 'object' && Object.hasOwn(value, step)
          ? (value as Record<string | number, unknown>)[step]
          : undefined,
      document,
    )
}
