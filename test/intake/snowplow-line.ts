/** Fields of Snowplow's enriched events that the tests fill, by place (Snowplow, "TSV properties"). */
const PLACES = {
  collector_tstamp: 3,
  event_id: 6,
  user_id: 12,
  domain_userid: 15,
  network_userid: 17,
  page_urlpath: 35,
  refr_urlhost: 39,
  useragent: 77,
  dvce_type: 101,
  derived_tstamp: 124,
  event_name: 126,
}

/** A line of 131 fields: a page that was viewed, with what a test changes. */
export function snowplowLine(fields: Partial<Record<keyof typeof PLACES, string>>): string {
  const cells: string[] = Array(131).fill('')
  const all = {
    collector_tstamp: '2026-01-05 00:01:03.000',
    event_id: 'e1',
    domain_userid: 'd1',
    page_urlpath: '/p/1',
    derived_tstamp: '2026-01-05 00:01:02.000',
    event_name: 'page_view',
    ...fields,
  }
  for (const [name, text] of Object.entries(all)) cells[PLACES[name as keyof typeof PLACES]] = text
  return cells.join('\t')
}
