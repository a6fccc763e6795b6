/**
 * The text of a query in the form in which queries are compared: texts that differ in case, white space or
 * compatible characters (NFKC, UAX #15) are one query. Lower case is Unicode's, without a locale.
 */
export const normalQuery = (text: string): string =>
  text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
