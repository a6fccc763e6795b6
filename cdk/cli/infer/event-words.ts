import { wordsOf } from './names.ts'

/** The meaning of a value of an event column. */
export type Meaning =
  | { kind: 'impression' }
  | { kind: 'outcome'; outcome: string }
  | { kind: 'other' }
  | { kind: 'unknown' }

/** Patterns of words → outcome. The first match counts. */
const OUTCOMES: readonly [RegExp, string][] = [
  [
    /^(add)?_?(to)?_?(cart|basket|bag)$|_(cart|basket)$|^cart|basket|addtocart|add_to_cart|product_added|加购|carrito|panier|warenkorb/,
    'add_to_cart',
  ],
  [/begin_checkout|checkout/, 'begin_checkout'],
  [
    /purchas|^buy|_buy|bought|^order|order_(completed|placed|paid)|transaction|^sales?$|^sold$|^convert|conversion|^cv$|^pay|paid|booking|^book(ed)?$|^trans$|购买|下单|购入|購入|구매|покупка|купить|заказ|compra|achat|kauf|acquisto|satin/,
    'purchase',
  ],
  [
    /click|^clk|^clic$|^tap|select_item|select_content|select_promotion|点击|クリック|클릭|клик|clique|^c$/,
    'click',
  ],
  [/^open(ed)?$|^email_open/, 'open'],
  [/^dislike|^hate|thumbs?_down|^downvote|not_interested/, 'dislike'],
  [/^fav|favou?rite|收藏|bookmark|^collect|^saved?$|お気に入り|찜/, 'favorite'],
  [/wish/, 'add_to_wishlist'],
  [/^like|_like$|liked|thumbs?_up|^upvote|点赞|いいね|좋아요|лайк|me_gusta/, 'like'],
  [/share|forward|repost|retweet|分享|转发/, 'share'],
  [/follow|subscri|关注/, 'follow'],
  [/comment|reply|评论/, 'comment'],
  [/install|download/, 'install'],
  [/^play|listen|^watch|stream|播放|^read$/, 'play'],
  [/check_?in|visit/, 'check_in'],
  [/^rat(e|ed|ing)$|review/, 'rating'],
  [/sign_?up|lead|generate_lead|apply|applied|contact/, 'lead'],
  [/attributed/, 'install'],
]
const REMOVED =
  /remove|delete|cancel|refund|return|unlike|unfollow|abandon|uninstall|skip|scroll|session|login|logout|sign_?in|identify|error|heartbeat|(^|_)ping$|first_visit|engagement|^page$|^screen$|^start|^stop|^end|^load/
/** Words that clearly mean an impression. */
const SHOWN =
  /impress|^imp$|^imps$|show|expos|display|view_?item_?list|list_?viewed|view_search_results|served|rendered|inview|in_view|曝光|展示|インプレッション|노출|показ/
/** Words that mean an impression if no clear word is present: a viewed page. */
const VIEWED =
  /view|^pv$|^page_?view$|^detail|^see$|^seen$|^browse|浏览|閲覧|조회|просмотр|vista|^vue$|ansicht/

/** `AddToCart`, `Add to cart` and `ADD_TO_CART` are the same. */
export const slugOf = (value: string): string => wordsOf(value).join('_')

export function outcomeNamed(slug: string): string | null {
  return OUTCOMES.find(([pattern]) => pattern.test(slug))?.[1] ?? null
}

/** The meaning of each value of an event column, given all its values. */
export function meaningsOf(values: readonly string[]): Map<string, Meaning> {
  const slugs = values.map((value) => slugOf(value))
  const hasShown = slugs.some((slug) => SHOWN.test(slug) && !REMOVED.test(slug))
  return new Map(
    values.map((value, i): [string, Meaning] => {
      const slug = slugs[i]!
      if (slug === '') return [value, { kind: 'unknown' }]
      if (SHOWN.test(slug)) return [value, { kind: 'impression' }]
      if (REMOVED.test(slug)) return [value, { kind: 'other' }]
      if (VIEWED.test(slug) && !/cart|checkout/.test(slug)) {
        const isPage = /^page_?view(ed)?$|view_cart|view_promotion/.test(slug)
        if (!hasShown)
          return [value, { kind: isPage && values.length > 3 ? 'other' : 'impression' }]
        return [value, isPage ? { kind: 'other' } : { kind: 'outcome', outcome: 'view' }]
      }
      const outcome = outcomeNamed(slug)
      return [value, outcome === null ? { kind: 'unknown' } : { kind: 'outcome', outcome }]
    }),
  )
}

const shown = { kind: 'impression' } as const
const outcome = (name: string): Meaning => ({ kind: 'outcome', outcome: name })
/** Event codes of public logs, by column name. */
const CODES: readonly { name: RegExp; meanings: readonly (readonly [string, Meaning])[] }[] = [
  {
    // Alibaba's mobile contest.
    name: /^behaviou?r_?type$/i,
    meanings: [
      ['1', shown],
      ['2', outcome('favorite')],
      ['3', outcome('add_to_cart')],
      ['4', outcome('purchase')],
    ],
  },
  {
    // Tmall's contest of repeat buyers.
    name: /^action_?type$/i,
    meanings: [
      ['0', shown],
      ['1', outcome('add_to_cart')],
      ['2', outcome('purchase')],
      ['3', outcome('favorite')],
    ],
  },
]

/** The meaning of a column's codes, if a public log has a column of that name with the same codes. */
export function codesOf(name: string, values: readonly string[]): Map<string, Meaning> | null {
  const found = CODES.find(
    (codes) =>
      codes.name.test(name) &&
      values.every((value) => codes.meanings.some(([code]) => code === value.trim())),
  )
  return found ? new Map(found.meanings) : null
}

/** The outcome in the name of a label column. Null if it names none (`label`, `target`). */
export function outcomeOfLabel(name: string): string | null {
  const words = wordsOf(name.split('.').at(-1)!).filter(
    (word) => !/^(is|was|has|did|flag)$/.test(word),
  )
  const slug = words.join('_')
  const found = outcomeNamed(slug)
  if (found !== null) return found
  for (const word of words) {
    const outcome = outcomeNamed(word)
    if (outcome !== null) return outcome
  }
  if (
    /^(label|labels|target|y|outcome|done|did|positive|response|responded|success|effective|valid|selected|chosen|done|engaged)?$/.test(
      words.at(-1) ?? '',
    )
  )
    return null
  return /^[a-z][a-z0-9_]{0,31}$/.test(slug) ? slug : null
}

/** The outcome of every row, by the names of the file and its columns. Null if no name has one. */
export function outcomeOfNames(names: readonly string[]): string | null {
  const words = names.flatMap((name) => wordsOf(name))
  const hints: readonly [RegExp, string][] = [
    [
      /^(orders?|purchases?|purchased|ordered|invoices?|invoice|transactions?|buys?|sales|baskets?|receipts?|checkouts?|stockcode|unitprice|quantity|qty|price|preis|menge|precio|cantidad|prix|quantite|prezzo|preco|cena|цена|количество|价格|数量|価格|commande|commandes|pedidos?|bestellung(en)?|покупк.*|заказ.*|订单.*|购买.*|注文.*|주문.*)$/,
      'purchase',
    ],
    [/^(plays?|played|listens?|scrobbles?|streams?|playcount|listened)$/, 'play'],
    [/^(checkins?|check|venue|venues|visits?)$/, 'check_in'],
    [/^(clicks?|clicked)$/, 'click'],
    [/^(likes?|favorites?|favourites?|bookmarks?)$/, 'like'],
  ]
  for (const [pattern, outcome] of hints)
    if (words.some((word) => pattern.test(word))) return outcome
  return null
}
