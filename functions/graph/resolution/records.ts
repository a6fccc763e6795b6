/** A value of an attribute: a list holds several values, as aliases. Null, empty and absent mean that it is not known. */
type AttributeValue = string | number | boolean | null | undefined
export type AttributeValues = AttributeValue | readonly AttributeValue[]

/** What one source says about one entity. Ids are unique within the source. */
export interface EntityRecord {
  id: string
  attributes: Readonly<Record<string, AttributeValues>>
}
