/**
 * The text of a query in the form in which reports and graphs compare queries. Features take a text as it is, so
 * a service that wants the same writes this form into the context, of slates and of events: texts that differ in case, white space or
 * compatible characters (NFKC, UAX #15) are one query. Lower case is Unicode's, without a locale.
 */
export const normalQuery = (text: string): string =>
  text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
