/** HTML that is ready to be put together. Whatever is no such thing is text, and is escaped: nothing from a log can become markup by being forgotten. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

type Part = Markup | string | number | undefined | ReadonlyArray<Markup>

/** Enough for text and for attributes in double quotes. */
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&quot;"))

const written = (part: Part): string => {
  if (part === undefined) return ""
  if (part instanceof Markup) return part.html
  if (typeof part === "string") return escaped(part)
  return typeof part === "number" ? `${part}` : part.map(({ html }) => html).join("")
}

/** A template whose values are escaped, but for those that are markup already. */
export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Markup =>
  new Markup(strings.reduce((all, string, i) => `${all}${written(parts[i - 1])}${string}`))

export const nothing = new Markup("")
