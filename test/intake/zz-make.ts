import { DuckDBInstance } from '@duckdb/node-api'
const [,, rows, group, codec, path] = process.argv
const db = await (await DuckDBInstance.create(':memory:')).connect()
await db.run(`copy (select uuid()::varchar as id, 'request-' || (i//8) as request, {'id': 'person-' || hash(i)%90000, 'country': 'de'} as user, 'item-' || hash(i*7)%5000 as item, (1 + i%8)::int as position,
 timestamp '2026-01-04 00:00:00' + interval (i//20) second as ts, i%9=0 as clicked, 'phone' as device, 'page-' || (i%100) as page, ['a', 'tag-' || (i%50)] as tags, repeat('unused text ', 10) || hash(i) as note from range(${rows}) t(i)) to '${path}' (format parquet, compression ${codec}, row_group_size ${group})`)
