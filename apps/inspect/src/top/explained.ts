import type { PaneLine } from "@chaussettes/domain"
import type { Language } from "@chaussettes/presentation"
import { wordsOf } from "@chaussettes/presentation"
import type { Paint } from "@chaussettes/presentation/terminal"
import { readExplanation } from "@chaussettes/readmodel/queries"
import { toUserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { explainedLine, verdictLines } from "../explain/run.ts"

/** Lines of an alert that a person goes through: errors, and some of the others. */
const [mostErrors, mostOthers] = [500, 100]
/** No terminal is wider. */
const mostColumns = 1_000
/** More messages than this between the first and the last line are not read. */
const maxMessages = 300_000

const plain: Paint = (_style, text) => text

/** An alert explained, as lines: the verdict, then its lines, errors first. What keeps it from that is said in its place. */
export const explainedLines = (id: string, language: Language) =>
  Effect.suspend(() => {
    const errors: Array<string> = []
    const others: Array<string> = []
    const take = (line: PaneLine) => {
      const [into, most] = line.error ? [errors, mostErrors] : [others, mostOthers]
      if (into.length < most) into.push(explainedLine(line, plain).slice(0, mostColumns))
    }
    return readExplanation(id, { maxMessages, course: false }, take).pipe(
      Effect.map((explanation) => [
        ...verdictLines(explanation, language, plain),
        "",
        ...(errors.length + others.length === 0 ? [] : [`${id} – ${wordsOf(language).screen.lines}`]),
        ...errors,
        ...others
      ]),
      Effect.catch((error) => Effect.succeed([id, "", toUserFailure(error).message]))
    )
  })
