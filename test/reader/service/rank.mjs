import { openFeed, rank } from './example.js'

/** What the README's example answers, as its own compiler made it. */
const feed = await openFeed(process.env)
process.stdout.write(
  JSON.stringify(await rank(feed, 'person-1', ['i1', 'i2'], Number(process.argv[2]))),
)
feed.close()
