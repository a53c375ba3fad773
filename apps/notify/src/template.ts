import { nearest } from "@chaussettes/service"
import { Result } from "effect"

/*
 * Templates: a text with named fields, `{{severity}}`. Fields are replaced and nothing else is: no conditions, no loops, no code, so that a
 * template can do nothing but be wrong, and that is said when the notifier starts.
 */

/** What a template may say of a message; of several incidents the worst is what `severity`, `key` and so on speak of. */
export const textFields = [
  "heading",
  "list",
  "state",
  "severity",
  "kind",
  "dimension",
  "key",
  "cause",
  "subject",
  "summary",
  "description",
  "rate",
  "usual",
  "opened",
  "last",
  "why",
  "acknowledged_by",
  "since",
  "id",
  "worst_id",
  "page"
] as const
export const numberFields = ["requests", "errors", "clients", "windows", "alerts", "count", "others"] as const

type Field = (typeof textFields)[number] | (typeof numberFields)[number]
export type Values = { readonly [field in Field]: string }

/** A text whose fields are replaced, each by what `safe` makes of it: harmless for where it stands. */
type Render = (values: Values, safe: (value: string) => string) => string

export type Template =
  /** The body of a request. */
  | { readonly kind: "json"; readonly body: Render }
  /** What a person reads. The first of several lines is the title. */
  | { readonly kind: "text"; readonly title: Render | undefined; readonly text: Render }

const known: ReadonlyArray<string> = [...textFields, ...numberFields]

/** Longer ones are no messages. */
export const mostTemplateChars = 16_384

const field = /\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}/g

const rendered =
  (text: string): Render =>
  (values, safe) =>
    text.replaceAll(field, (_, name: Field) => safe(values[name]))

/** A value within a string literal of JSON. */
export const jsonEscape = (value: string): string => JSON.stringify(value).slice(1, -1)

/** Values that no JSON survives unless they stand in a string. */
const hostile = Object.fromEntries(
  known.map((name) => [name, (numberFields as ReadonlyArray<string>).includes(name) ? "1" : 'a"\\\n{'])
) as unknown as Values

/** The template of a text; fails with what is wrong with it. */
export const parseTemplate = (text: string): Result.Result<Template, string> => {
  if (text.trim() === "") return Result.fail("it is empty")
  if (text.length > mostTemplateChars) return Result.fail(`it is longer than ${mostTemplateChars} characters`)
  for (const [, name] of text.matchAll(field)) {
    if (known.includes(name!)) continue
    const meant = nearest(name!, known)
    return Result.fail(
      `there is no field ${name!.slice(0, 50)}${meant === undefined ? "" : ` (did you mean ${meant}?)`}; the fields are ${known.join(", ")}`
    )
  }
  const stray = text.replaceAll(field, "").indexOf("{{")
  if (stray >= 0) return Result.fail("a {{ in it does not begin a field such as {{summary}}")
  if (!/^\s*(\[|\{(?!\{))/.test(text)) {
    const [first, ...rest] = text.trim().split("\n")
    const ofLines = rest.length > 0
    return Result.succeed({
      kind: "text",
      title: ofLines ? rendered(first!.trim()) : undefined,
      text: rendered((ofLines ? rest.join("\n") : first!).trim())
    })
  }
  const body = rendered(text.trim())
  try {
    JSON.parse(body(hostile, jsonEscape))
  } catch {
    return Result.fail(
      'it begins like JSON and is none: fields that are texts have to stand in quotes, as in {"text": "{{summary}}"}'
    )
  }
  return Result.succeed({ kind: "json", body })
}
