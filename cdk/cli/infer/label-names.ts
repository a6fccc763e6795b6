import { partsOf } from './names.ts'

/** Names of outcomes: the words of labels. */
const LABEL_WORDS =
  /^(clk|clicks?|clicked|isclick|isclicked|label|labels|target|y|outcome|converted|conversion|conversions|convert|cvr|purchase|purchased|bought|buy|ordered|liked?|favou?rited?|favorite|fav|follow|followed|share|shared|forward|forwarded|comment|commented|install|installed|attributed|did|done|responded|response|reacted|success|effective|valid|cart|carted|saved?|collect|collected|subscribe|subscribed|wishlist|engaged|watched|finish|finished|opened|selected|chosen|booked|booking|点击|是否点击|クリック|클릭|клик|клика|clic|klick|geklickt|clique|tiklama|positive|read)$/
const NO_OUTCOME = new Set(
  'non not no un num count total avg mean sum pct rate ratio ctr verified max min last first prev previous next n'.split(
    ' ',
  ),
)

/** Whether a column's yes is an outcome, by its name: `is_click`, `clk`, but not `nonclk` or `click_count`. */
export function isLabelName(name: string): boolean {
  const { words, hasId } = partsOf(name)
  if (hasId && words.length > 0) return false
  const meaningful = words.filter(
    (word) => !/^(is|was|has|did|user|item|ad|label|flag|y)$/.test(word),
  )
  const core = meaningful.length > 0 ? meaningful : words
  return (
    core.length > 0 &&
    core.length <= 3 &&
    !core.some((word) => NO_OUTCOME.has(word) || /^non./.test(word)) &&
    LABEL_WORDS.test(core.at(-1)!)
  )
}
