/** Free attributes by name. A value is a scalar, or a list of strings (tags, genres). */
export type Attributes = Record<string, string | number | boolean | string[]>
