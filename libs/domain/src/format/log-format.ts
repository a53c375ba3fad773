import { type DurationUnit, type FieldName, fieldNames, type Reading } from "./fields.ts"
import { nginxVariables } from "./names.ts"
import type { TextSpec } from "./spec.ts"

/*
 * The format strings of web servers, as they stand in their configuration, become patterns: nginx' `log_format` and Apache's `LogFormat`, which lighttpd,
 * Varnish and others speak, too.
 */

export type ParsedFormat =
  | { readonly ok: true; readonly spec: TextSpec }
  | { readonly ok: false; readonly reason: string }

const failed = (reason: string): ParsedFormat => ({ ok: false, reason })

/** A format string of either kind. */
export const parseLogFormat = (text: string): ParsedFormat => {
  const isApache = /%[>!<\d,]*(?:\{[^}]*\})?[a-zA-Z]/.test(text)
  const isNginx = /\$(?:\{\w+\}|[a-z_]\w*)/.test(text)
  if (isApache === isNginx) {
    return failed("it names no fields; nginx' look like $remote_addr, Apache's like %h")
  }
  return isApache ? parseApache(text) : parseNginx(text)
}

const placeholder = (name: string): string => `\${${name}}`

/** A field may come twice; which one is meant then is the one that says more. */
class Pattern {
  text = ""
  readonly fields: Array<FieldName> = []
  /** A field whose text the client chooses stands without quotes; where in `fields`. */
  #bareAt = -1

  literal(text: string): void {
    // A dollar of the line itself cannot be told from a field.
    this.text += text
  }

  /** @param chosen whether the client chooses the field's text, which may hold spaces */
  field(name: FieldName | undefined, chosen = false): void {
    if (chosen && !/["[\t|]$/.test(this.text)) this.#bareAt = this.fields.length
    if (name === undefined || this.fields.includes(name)) this.text += placeholder("_")
    else {
      this.fields.push(name)
      this.text += placeholder(name)
    }
  }

  spec(reading: Reading & Pick<TextSpec, "escaped">): ParsedFormat {
    const { fields } = this
    const has = (...names: ReadonlyArray<FieldName>) => names.some((name) => fields.includes(name))
    if (!has("client", "forwarded", "real_client"))
      return failed("no field in it is the client, such as $remote_addr or %h")
    if (!has("time")) return failed("no field in it is the time, such as $time_local or %t")
    if (!has("request", "url")) return failed("no field in it is the request, such as $request or %r")
    if (!has("status")) return failed("no field in it is the status, such as $status or %>s")
    const behind = this.fields.slice(this.#bareAt < 0 ? this.fields.length : this.#bareAt)
    if (behind.some((name) => name === "status" || name === "client" || name === "request" || name === "url")) {
      return failed(
        "a header stands in it without quotes before the status, the client or the request, and may look like one"
      )
    }
    if (/\$\{\w+\}\$\{\w+\}/.test(this.text)) return failed("two fields follow each other with nothing between them")
    return { ok: true, spec: { kind: "text", pattern: this.text, ...reading } }
  }
}

const parseNginx = (text: string): ParsedFormat => {
  const pattern = new Pattern()
  // `$request` says all that method and URL say, `$request_uri` what the client sent.
  const names = [...text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)].map((m) => m[1] ?? m[2]!)
  const dropped = new Set<string>()
  if (names.includes("request"))
    for (const name of ["request_method", "request_uri", "uri", "document_uri", "args", "query_string"])
      dropped.add(name)
  if (names.includes("request_uri"))
    for (const name of ["uri", "document_uri", "args", "query_string"]) dropped.add(name)
  const time = ["time_local", "time_iso8601", "msec"].filter((name) => names.includes(name))
  for (const name of time.slice(1)) dropped.add(name)
  let at = 0
  for (const match of text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
    pattern.literal(text.slice(at, match.index))
    const name = match[1] ?? match[2]!
    pattern.field(dropped.has(name) ? undefined : variableOf(name), name.startsWith("http_") && name !== "http_host")
    at = match.index + match[0].length
  }
  pattern.literal(text.slice(at))
  return pattern.spec({
    ...(isOfNginx(names) ? { escaped: true } : {}),
    ...(names.includes("request_time") ? { unit: "s" } : {}),
    ...(names.includes("http_forwarded") && !names.includes("http_x_forwarded_for") ? { rfc7239: true } : {})
  })
}

/** nginx escapes; whoever names the fields themselves may have another server. */
const isOfNginx = (names: ReadonlyArray<string>): boolean =>
  names.some((name) => name in nginxVariables && !fieldNames.includes(name as FieldName)) &&
  !names.some((name) => !(name in nginxVariables) && fieldNames.includes(name as FieldName))

/** A variable of nginx, or the name of a field itself: as `parse` shows a format that it has found. */
const variableOf = (name: string): FieldName | undefined =>
  nginxVariables[name] ?? fieldNames.find((field) => field === name)

const headerOf = (name: string): FieldName | undefined =>
  nginxVariables[`http_${name.toLowerCase().replaceAll("-", "_")}`]

const parseApache = (given: string): ParsedFormat => {
  const text = given.replaceAll('\\"', '"').replaceAll("\\t", "\t")
  const pattern = new Pattern()
  const directive = /%(?:%|([!<>\d,]*)(?:\{([^}]*)\})?(\^?[a-zA-Z]{1,2}))/g
  let at = 0
  let unit: DurationUnit | undefined
  const isForwarded = /%\{Forwarded\}i/i.test(text) && !/%\{X-Forwarded-For\}i/i.test(text)
  const all = [...text.matchAll(directive)].map((m) => m[3]?.[0])
  const hasRequest = all.includes("r")
  for (const match of text.matchAll(directive)) {
    pattern.literal(text.slice(at, match.index))
    at = match.index + match[0].length
    const [whole, , argument, letters] = match
    if (whole === "%%") {
      pattern.literal("%")
      continue
    }
    // `%{…}^ti` and the like have two letters; of the others the second one is text.
    const letter = letters!.startsWith("^") ? letters! : letters![0]!
    if (!letters!.startsWith("^") && letters!.length > 1) at--
    switch (letter) {
      case "h":
      case "a":
        pattern.field(argument === "c" ? undefined : "client")
        break
      case "t": {
        const form = argument === undefined ? undefined : timeForm(argument)
        if (form === undefined) {
          if (argument !== undefined) return failed(`the time %{${argument}}t cannot be read; leave it as %t`)
          pattern.literal("[")
          pattern.field("time")
          pattern.literal("]")
        } else {
          pattern.literal(form.before)
          pattern.field("time")
          pattern.literal(form.behind)
        }
        break
      }
      case "r":
        pattern.field("request")
        break
      case "m":
        pattern.field(hasRequest ? undefined : "method")
        break
      case "U":
        pattern.field(hasRequest ? undefined : "url")
        break
      case "q":
        // It is empty, or begins with a question mark: with the path in front the two are one.
        if (!pattern.text.endsWith(placeholder("url"))) pattern.field(hasRequest ? undefined : "query")
        break
      case "s":
        pattern.field("status")
        break
      case "b":
      case "B":
        pattern.field("size")
        break
      case "D":
        pattern.field("duration")
        unit = "us"
        break
      case "T":
        pattern.field("duration")
        unit = argument === "ms" ? "ms" : argument === "us" ? "us" : "s"
        break
      case "v":
      case "V":
        pattern.field("host")
        break
      case "i":
        pattern.field(headerOf(argument ?? ""), argument?.toLowerCase() !== "host")
        break
      default:
        pattern.field(undefined)
    }
  }
  pattern.literal(text.slice(at))
  return pattern.spec({
    ...(unit === undefined ? {} : { unit }),
    ...(isForwarded ? { rfc7239: true } : {})
  })
}

/** What stands around the time of `%{…}t`. */
const timeForm = (argument: string): { before: string; behind: string } | undefined => {
  const form = argument.replace(/^(?:begin:|end:)/, "")
  const text = form.replaceAll("msec_frac", "%N").replaceAll("usec_frac", "%N")
  if (["sec", "msec", "usec"].includes(form)) return { before: "", behind: "" }
  const known =
    /^(\[?)(?:%d\/%b\/%Y[: ](?:%H:%M:%S|%T)(?:\.%N)?(?: ?%z)?|(?:%Y-%m-%d|%F)[T ](?:%H:%M:%S|%T)(?:[.,]%N)?(?: ?%z|Z)?|%s)(\]?)$/.exec(
      text
    )
  return known === null ? undefined : { before: known[1]!, behind: known[2]! }
}

/** A format that a server's configuration names. */
export interface NamedFormat {
  readonly name: string
  readonly format: string
  /** nginx' `escape=none`: quotes of a client are written as they come. */
  readonly isRaw?: boolean
}

/** The formats in a configuration of nginx or Apache. */
export const formatsIn = (configuration: string): ReadonlyArray<NamedFormat> => {
  const found: Array<NamedFormat> = []
  const text = configuration.replaceAll(/^\s*#.*$/gm, "")
  // log_format name [escape=…] 'text' 'text' …;
  for (const match of text.matchAll(
    /\blog_format\s+(\S+)\s+((?:escape=\w+\s+)?)((?:\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s;'"]+))+)\s*;/g
  )) {
    const parts = [...match[3]!.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s;'"]+)/g)]
    found.push({
      name: match[1]!.replace(/^(["'])(.*)\1$/, "$2"),
      ...(match[2]!.startsWith("escape=none") ? { isRaw: true } : {}),
      format: parts.map((p) => (p[1] ?? p[2] ?? p[3]!).replaceAll(/\\(["'\\])/g, "$1").replaceAll("\\t", "\t")).join("")
    })
  }
  // LogFormat "text" name; Apache joins a line that ends with a backslash and the next one.
  for (const match of text.replaceAll(/\\\r?\n/g, "").matchAll(/^\s*LogFormat\s+"((?:[^"\\]|\\.)*)"[ \t]*(\S*)/gim)) {
    found.push({ name: match[2] === "" ? "default" : match[2]!, format: match[1]!.replaceAll('\\"', '"') })
  }
  return found
}
