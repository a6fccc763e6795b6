/** A part that a column's name suggests, with strength 1 (weak) to 3 (certain). */
export interface NameRole {
  role: Role
  strength: number
}
export type Role =
  | 'time'
  | 'user'
  | 'item'
  | 'session'
  | 'request'
  | 'position'
  | 'propensity'
  | 'eventId'
  | 'value'
  | 'rating'
  | 'event'
  | 'label'
  | 'itemAttribute'
  | 'userAttribute'
  | 'context'
  | 'after'

/** Words by role and strength. The last word of a name that is not an id word decides. */
const WORDS: readonly [Role, number, string][] = [
  [
    'time',
    3,
    'timestamp ts datetime eventtime unixtime epoch utctime tstamp timeframe zeit zeitstempel zeitpunkt fecha hora horodatage heure czas 时间 时间戳 日時 時刻 タイムスタンプ 시간 일시 время дата_время الوقت zaman unix_timestamp',
  ],
  [
    'time',
    2,
    'time date when day hour dt dat datum data tarih at on ms occurred logged hour 日期 日付 날짜 дата التاريخ',
  ],
  [
    'user',
    3,
    'user uid userid usr visitor fullvisitor customer cust member client clientid reviewer subscriber buyer shopper consumer viewer listener reader player person people patron guest steamid msno pin puid 用户 用戶 顾客 会员 買家 买家 ユーザー ユーザ 利用者 顧客 会員 사용자 유저 회원 고객 пользователь пользователя юзер клиент клиента покупатель посетитель usuario cliente utente utilisateur utilizador nutzer benutzer kunde kunden kundennummer kullanici musteri uzytkownik klient المستخدم उपयोगकर्ता who username login mbox domain_userid ipinyou',
  ],
  [
    'user',
    2,
    'anonymous anon account profile household student learner patient borrower passenger traveller traveler email phone rater user_pseudo pseudo distinct amplitude muid employee',
  ],
  [
    'user',
    1,
    'cookie device ip addr address remote_addr c_ip client_ip idfa gaid imei maid nid cid vid author',
  ],
  [
    'session',
    3,
    'session sess sid sessionid visit ssid 会话 セッション 세션 сессия sesion sitzung',
  ],
  [
    'item',
    3,
    'item itemid iid product prod movie film article news sku asin isbn content document video song track ad ads advertisement creative book listing post goods hotel restaurant recipe game venue business poi anime thing what stockcode stock adgroup tweet photo clip episode job course offer merchandise property accommodation playlist podcast photoid noteid 商品 物品 产品 電影 电影 文章 視頻 视频 新闻 广告 アイテム 製品 作品 記事 動画 상품 아이템 영화 товар товара продукт фильм объявление producto articulo pelicula produit produto artigo prodotto articolo artikel produkt artikelnummer urun المنتج',
  ],
  [
    'item',
    2,
    'doc page url uri path stem uri_stem pagepath landing variant style pid mid artist location loc place object target entity feed result material note answer card pagelocation',
  ],
  ['item', 1, 'app nid cid vid gid question topic album show channel title program campaign'],
  [
    'request',
    3,
    'request req impression imp slate query search pageview ranking display serve auction bid rec recommendation srch reqid 请求',
  ],
  ['request', 1, 'page_view screen batch'],
  [
    'position',
    3,
    'position pos rank slot place_in ranking_position display_position list_position click_position 位置 順位 позиция posicion',
  ],
  ['propensity', 3, 'propensity pscore action_prob propensity_score'],
  [
    'eventId',
    3,
    'event log row record message insert hit interaction bidid bid eventid uuid transaction_line rating_row review tip 事件编号',
  ],
  [
    'value',
    3,
    'price amount revenue value sales unitprice unit_price total cost dwell duration quantity qty menge anzahl cantidad quantite 数量 playtime hours plays play_count weight listens minutes watch_time 价格 金额 価格 가격 цена precio prix preis prezzo preco fiyat',
  ],
  [
    'rating',
    3,
    'rating ratings stars score overall rate grade relevance relevancy 评分 评级 評価 평점 оценка рейтинг calificacion valoracion puntuacion bewertung avaliacao nota voto puan ocena',
  ],
  ['rating', 1, 'note mark preference'],
  [
    'event',
    3,
    'event eventtype event_type eventname event_name action actiontype action_type behavior behaviour behavior_type behaviour_type interaction interaction_type feedback feedback_type activity logtype log_type btag operation verb 事件 行为 行為 动作 イベント 行動 이벤트 행동 событие действие evento accion evenement ereignis aktion azione olay',
  ],
  ['event', 1, 'type name kind category_of_event se_action status'],
  [
    'itemAttribute',
    2,
    'category categories cat cate brand genre genres tags tag author publisher title description section topic maker manufacturer color colour size album type_of_item categoryid name 类目 类别 品牌 カテゴリ 카테고리 категория бренд categoria marca kategorie marke categorie marque',
  ],
  [
    'userAttribute',
    2,
    'age gender sex occupation segment membership income education zip zipcode postcode tier loyalty',
  ],
  [
    'context',
    2,
    'agent browser os device platform country city region language locale model site domain referer referrer referral network carrier connection useragent isp browser_family edge channel medium source campaign method page_type hour_of_day weekday version host store shop warehouse currency lat lon latitude longitude timezone offset width height slotformat visibility slotwidth slotheight',
  ],
  [
    'after',
    2,
    'helpful votes vote helpful_vote summary review_text reviewtext comment_text text body verified_purchase useful funny cool images reviewtime response elapsed time_spent active_time session_stop session_end stop skip skipped skips reordered hate dislike reason_end stay_time long_view longview play_time playtime_ms',
  ],
]
const ID_WORDS = new Set(
  'id ids key keys code no num number nr hash hashed idx index uuid guid md5 sha1 mboxsha1 token pk hex str string raw int encoded enc value_id codigo cod numero nummer kod 编号 番号 ид идентификатор номер код アイディー 번호 아이디'.split(
    ' ',
  ),
)
/** Units and similar words, which do not show the part. */
const UNIT_WORDS = new Set(
  'ms millis sec secs seconds micros utc gmt iso epoch unix local t string'.split(' '),
)
const NO_TIME = new Set(
  'birth born release released signup registered registration expiry expires expiration publish published publication valid joined spent elapsed delta diff since until zone dwell duration page active stay watch watched play played avg updated modified first last next prev previous end ended start'.split(
    ' ',
  ),
)
/** Words for times of transport, not of the event. Such a time is used only if there is no other. */
const LATER_TIME = new Set(
  'received receive sent ingested ingestion loaded load processed processing collector etl created dvce inserted stored arrival upload uploaded written import imported server last updated modified publish published release released'.split(
    ' ',
  ),
)

const ROLES = new Map<string, NameRole[]>()
for (const [role, strength, words] of WORDS)
  for (const word of words.split(' '))
    ROLES.set(word, [...(ROLES.get(word) ?? []), { role, strength }])

/** Removes accents of Latin letters only. In other scripts a mark makes another letter. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')

/** Splits words that are written together: `visitorid`, `eventtime`. */
function unglued(word: string): string[] {
  if (ROLES.has(word) || ID_WORDS.has(word)) return [word]
  const id = /^(.{2,}?)(ids?|uuid|hash|key|code|idx|no|nummer|number|编号|番号|번호|名称)$/u.exec(
    word,
  )
  if (id && ROLES.has(id[1]!)) return [id[1]!, id[2]!]
  const head = /^(.{2,})(time|date|timestamp|type|name|rating)$/.exec(word)
  return head && (ROLES.has(head[1]!) || head[1]!.length > 2) ? [head[1]!, head[2]!] : [word]
}

/** Words of one segment of a name: `eventTime`, `event_time` and `Event Time` are the same two. */
export function wordsOf(name: string): string[] {
  return plain(name)
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/([^\p{ASCII}])([A-Za-z])/gu, '$1_$2')
    .replace(/([A-Za-z])([^\p{ASCII}])/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .flatMap(unglued)
}

export interface NameParts {
  /** Without words for an id. */
  words: string[]
  hasId: boolean
}

/** The meaningful words of a column's name, from the last path segment. A bare `id` uses its parent's name. */
export function partsOf(name: string): NameParts {
  const segments = name.split('.').map(wordsOf)
  const words = segments.at(-1) ?? []
  const rest = words.filter((word) => !ID_WORDS.has(word))
  const hasId = rest.length < words.length
  if (rest.length > 0 || segments.length < 2) return { words: rest, hasId }
  return { words: segments.at(-2)!.filter((word) => !ID_WORDS.has(word)), hasId: true }
}

const found = (words: readonly string[]): NameRole[] => ROLES.get(words.join('_')) ?? []

/** All roles that a name suggests, by its last words, its last word, else its first word. */
export function rolesOf(name: string): NameRole[] {
  const { words, hasId } = partsOf(name)
  const rest = words.filter((word, i) => i === 0 || !(UNIT_WORDS.has(word) || /^\d+$/.test(word)))
  // A bare `uuid` is the user or a row key. Its values decide.
  if (rest.length === 0 && /^(uu|gu)id$/i.test(name)) return [{ role: 'user', strength: 2 }]
  if (rest.length === 0) return hasId ? [{ role: 'eventId', strength: 1 }] : []
  const last = rest.at(-1)!
  const isLonger = rest.length > 1
  const owner = last === 'name' && isLonger ? (ROLES.get(rest[0]!) ?? []) : []
  const owned = owner.find(({ role, strength }) => /^(user|item)$/.test(role) && strength === 3)
  // A user's or item's name identifies them if there is no id.
  if (owned)
    return [
      { role: owned.role, strength: 2 },
      { role: 'itemAttribute', strength: 1 },
    ]
  const pair = isLonger ? found(rest.slice(-2)) : []
  const first = isLonger ? (ROLES.get(rest[0]!) ?? []) : []
  const single = ROLES.get(last) ?? []
  if (pair.length > 0) return pair
  const head = single.filter(({ role }) => isAllowed(role, rest, hasId))
  // Romance languages, and `date_created`, begin with the word that counts.
  const leading = first.filter(({ role }) => role === 'time' && isAllowed(role, rest, hasId))
  if (leading.length > 0 && !head.some(({ role }) => role === 'time')) return leading
  if (head.length > 0 || single.length > 0 || !isLonger) return weighed(head, rest, hasId)
  // `user_mbox`, `product_x`: if the last word is unknown, the first is a weak sign.
  return hasId ? first.map(({ role }) => ({ role, strength: 1 })) : []
}

function isAllowed(role: Role, words: readonly string[], hasId: boolean): boolean {
  const before = words.slice(0, -1)
  if (role === 'time')
    return !hasId && !words.some((word) => NO_TIME.has(word) && !LATER_TIME.has(word))
  if (role === 'event')
    return (
      !hasId &&
      !before.some((word) =>
        /^(user|item|device|product|content|page|os|browser|file|category|connection|conn|media|mime)$/.test(
          word,
        ),
      )
    )
  if (role === 'position' || role === 'value' || role === 'rating' || role === 'label')
    return !hasId
  if (role === 'eventId') return hasId || words.at(-1) === 'uuid' || words.at(-1) === 'bidid'
  if (role === 'request') return hasId
  return true
}

/** A property of a thing (`parent_asin`, `item_url`) is a weaker sign than the thing. */
function weighed(roles: readonly NameRole[], words: readonly string[], hasId: boolean): NameRole[] {
  const isOf = words.length > 1
  return roles
    .map(({ role, strength }) => {
      if (role === 'time' && words.some((word) => LATER_TIME.has(word)))
        return { role, strength: 1 }
      if (role === 'user' || role === 'item') {
        const isText = !hasId && isOf && strength < 3
        const isPrior = words.some((word) =>
          /^(parent|last|prev|previous|next|history|old|ref|referrer|source|landing)$/.test(word),
        )
        return { role, strength: isPrior ? 1 : isText ? Math.max(1, strength - 1) : strength }
      }
      return { role, strength }
    })
    .filter(({ role, strength }) => role !== 'eventId' || hasId || strength > 2)
}

export const strengthOf = (name: string, role: Role): number =>
  rolesOf(name).find((found) => found.role === role)?.strength ?? 0

/** An attribute's name in the mapping: ASCII letters, digits and underscores. */
export function attributeName(name: string, place: number): string {
  const slug = plain(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[^A-Za-z]+|_+$/g, '')
    .toLowerCase()
    .slice(0, 48)
  return slug === '' ? `column_${place + 1}` : slug
}
