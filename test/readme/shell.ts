/** One command of a shell text, words without their quotes. */
export interface Command {
  words: string[]
  /** What stands in brackets: flags that may be left out, each with its value. */
  optional: string[][]
}

/** A blank ends a word only outside of quotes and of `<a placeholder>`. */
const PIECE =
  /(?<comment>(?<![^\s])#[^\n]*)|(?<join>\\\n)|(?<end>&&|\n)|(?<blank>[ \t]+)|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<open>\[(?=--))|(?<close>\](?!\S))|(?<plain><[^>]*>|.)/gs

/** A shell text → its commands: comments go, a backslash joins lines, `&&` and line ends part commands. */
export function commandsIn(text: string): Command[] {
  const commands: Command[] = []
  let command: Command = { words: [], optional: [] }
  let into = command.words
  let word: string | null = null
  const endWord = (): void => {
    if (word !== null) into.push(word)
    word = null
  }
  const endCommand = (): void => {
    endWord()
    if (command.words.length > 0) commands.push(command)
    command = { words: [], optional: [] }
    into = command.words
  }
  for (const { groups } of text.matchAll(PIECE)) {
    const { comment, join, end, blank, open, close, single, double, plain } = groups!
    if (comment !== undefined) continue
    if (end !== undefined) endCommand()
    else if (join !== undefined || blank !== undefined) endWord()
    else if (open !== undefined) {
      into = []
      command.optional.push(into)
    } else if (close !== undefined) {
      endWord()
      into = command.words
    } else word = `${word ?? ''}${single ?? double ?? plain}`
  }
  endCommand()
  return commands
}
