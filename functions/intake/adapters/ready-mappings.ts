import type { ReadyFormat } from '../../contract/logs.ts'
import { type Mapping, mappingSchema, type WrittenMapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import type { Adapter } from './adapter.ts'
import { mapped } from './mapped.ts'

/** A format with a fixed mapping. Only the meaning of its events depends on the scene. */
interface ReadyMapping {
  /** Column that names the type of each row. */
  column: string
  impressions: readonly string[]
  /** Event → outcome, if the scene has the outcome. */
  outcomes: Readonly<Record<string, string>>
  others: Omit<WrittenMapping, 'event'>
}

/**
 * Google Analytics 4, "BigQuery Export schema": one row per line, as BigQuery exports JSON. The
 * user is the browser's id. `user_id` exists only after a sign-in, so it would split one visit in
 * two.
 */
const ga4: ReadyMapping = {
  column: 'event_name',
  impressions: ['view_item_list', 'view_search_results'],
  outcomes: {
    select_item: 'click',
    add_to_wishlist: 'add_to_wishlist',
    add_to_cart: 'add_to_cart',
    begin_checkout: 'begin_checkout',
    purchase: 'purchase',
  },
  others: {
    layout: 'json-lines',
    missing: ['(not set)', '(none)'],
    time: { column: 'event_timestamp', unit: 'microseconds' },
    user: 'user_pseudo_id',
    slate: {
      column: 'items',
      id: 'item_id',
      value: 'price',
      context: { category: 'item_category', brand: 'item_brand', list: 'item_list_name' },
    },
    context: {
      device: 'device.category',
      country: 'geo.country',
      medium: 'traffic_source.medium',
      platform: 'platform',
    },
  },
}

/** Segment, "Spec: Track" and "Spec: V2 Ecommerce Events": one call per line. */
const segment: ReadyMapping = {
  column: 'event',
  impressions: ['Product List Viewed', 'Product List Filtered'],
  outcomes: {
    'Product Clicked': 'click',
    'Product Added to Wishlist': 'add_to_wishlist',
    'Product Added': 'add_to_cart',
    'Checkout Started': 'begin_checkout',
    'Order Completed': 'purchase',
  },
  others: {
    layout: 'json-lines',
    time: { column: 'timestamp', unit: 'iso' },
    user: { firstOf: ['userId', 'anonymousId'] },
    slate: {
      column: 'properties.products',
      id: 'product_id',
      single: 'properties.product_id',
      value: 'price',
      context: { category: 'category', brand: 'brand' },
    },
    eventId: 'messageId',
    value: 'properties.price',
    position: { column: 'properties.position' },
    context: {
      agent: 'context.userAgent',
      device: 'context.device.type',
      locale: 'context.locale',
      list: 'properties.list_id',
    },
  },
}

/** Snowplow, "Enriched stream TSV file format", in its order. */
const SNOWPLOW_FIELDS = `
  app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker
  v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx
  network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name
  ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme
  page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme refr_urlhost
  refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium
  mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label se_property
  se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state
  tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max
  pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang
  br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
  br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies
  br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type
  dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency
  tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone
  mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_device_tstamp
  derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format event_version
  event_fingerprint true_tstamp`
  .trim()
  .split(/\s+/)

/**
 * Its items are pages, as in an access log. A viewed page is an impression of its path, and a
 * followed link is the outcome of the page with the link.
 */
const snowplow: ReadyMapping = {
  column: 'event_name',
  impressions: ['page_view'],
  outcomes: { link_click: 'click' },
  others: {
    separator: '\t',
    quoting: 'none',
    header: SNOWPLOW_FIELDS,
    time: { column: 'derived_tstamp', unit: 'iso' },
    user: { firstOf: ['domain_userid', 'network_userid', 'user_id'] },
    item: 'page_urlpath',
    eventId: 'event_id',
    context: {
      agent: 'useragent',
      device: 'dvce_type',
      country: 'geo_country',
      referer: 'refr_urlhost',
      medium: 'refr_medium',
    },
  },
}

const READY: Readonly<Record<ReadyFormat, ReadyMapping>> = { ga4, segment, snowplow }

/** The mapping of a ready format in a scene. The scene may define the meaning of the events. */
function readyMapping(name: ReadyFormat, { logs, outcomes: known }: Scene): Mapping {
  const { column, impressions, outcomes, others } = READY[name]
  const { impressionEvents = impressions, outcomes: own } = logs?.[name] ?? {}
  const named = Object.entries(own ?? outcomes)
  const event = {
    column,
    impressions: [...impressionEvents],
    outcomes: Object.fromEntries(named.filter(([, outcome]) => Object.hasOwn(known, outcome))),
    others: 'ignored' as const,
  }
  return mappingSchema.parse({ ...others, event })
}

/** Reads a ready format by its mapping. */
export const ready = (name: ReadyFormat): Adapter => ({
  open: (kind, scene, facts) =>
    mapped.open(kind, scene, { ...facts, mapping: readyMapping(name, scene) }),
})
