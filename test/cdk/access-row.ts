/** What one role may access, as `<bucket>/<pattern>`; lists and tables by their name. */
export interface Access {
  role: string
  gets: string[]
  /** Objects of which it gets a version by its id. */
  getsVersions?: string[]
  puts: string[]
  deletes?: string[]
  lists: Record<string, string[]>
  tables: Record<string, string[]>
}
