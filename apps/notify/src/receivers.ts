import { readFileSync, statSync } from "node:fs"
import { reasonOf, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect, Result } from "effect"
import { alertmanager } from "./alertmanager.ts"
import { email } from "./email.ts"
import { composer } from "./message.ts"
import { ntfy } from "./ntfy.ts"
import { atOnce, type Policy } from "./outbox.ts"
import { addressOf } from "./post.ts"
import type { Kind, Receiver } from "./receiver.ts"
import { slack } from "./slack.ts"
import { addressesIn, parseTarget, type Target } from "./targets.ts"
import { teams } from "./teams.ts"
import { mostTemplateChars, parseTemplate, type Template } from "./template.ts"
import { webhook } from "./webhook.ts"
import type { Language } from "./words.ts"

export interface ReceiversInput {
  readonly to: ReadonlyArray<string>
  readonly alertmanager: ReadonlyArray<string>
  readonly webhook: ReadonlyArray<string>
  /** Files, or templates themselves. */
  readonly template: ReadonlyArray<string>
  readonly policy: Policy
  readonly language: Language
  readonly pageUrl: string | undefined
  readonly refreshMs: number
}

/** Each has connections, positions and metrics of its own. */
const mostReceivers = 50

/** A post to an address that begins with http:// or https://; the rest of a bad one is not repeated, as it may be a secret. */
const posted = (flag: "alertmanager" | "webhook" | "page-url", text: string) => {
  const address = addressOf(text)
  return address === undefined
    ? Effect.fail(
        wrongUsage(
          `--${flag} has to be an address that begins with http:// or https://, such as http://localhost:9093.`
        )
      )
    : Effect.succeed(address)
}

const targetOf = (text: string): Effect.Effect<Target, UserFailure> =>
  Result.match(parseTarget(text), {
    onFailure: (why) => Effect.fail(wrongUsage(`--to ${why}.`)),
    onSuccess: Effect.succeed
  })

/** A template is one line with fields, or a file. */
const templateOf = (given: string): Effect.Effect<Template, UserFailure> =>
  Effect.gen(function* () {
    const isFile = !given.includes("{{")
    const text = isFile ? yield* fileText(given) : given
    const what = isFile ? `The template ${given}` : "The template"
    return yield* Result.match(parseTemplate(text), {
      onFailure: (why) => Effect.fail(wrongUsage(`${what} cannot be used: ${why}.`)),
      onSuccess: Effect.succeed
    })
  })

const fileText = (path: string): Effect.Effect<string, UserFailure> =>
  Effect.try({
    try: () => {
      const mostBytes = 4 * mostTemplateChars
      if (statSync(path).size > mostBytes) throw wrongUsage(`The template ${path} is larger than ${mostBytes} bytes.`)
      return readFileSync(path, "utf8")
    },
    catch: (error) =>
      (error as { _tag?: unknown })._tag === "UserFailure"
        ? (error as UserFailure)
        : wrongUsage(`Cannot read the template ${path}: ${reasonOf(error)}. Give another with --template.`)
  })

/** One for what people read, and one in JSON for webhooks. */
const templatesOf = (given: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const templates = yield* Effect.forEach(given, templateOf)
    const text = templates.filter((one) => one.kind === "text")
    const json = templates.filter((one) => one.kind === "json")
    if (text.length > 1 || json.length > 1) {
      return yield* wrongUsage("There are two templates of one kind: give --template at most one text and one JSON.")
    }
    return { text: text[0], json: json[0] }
  })

/** The receivers that the flags name. */
export const receiversOf = Effect.fn("receiversOf")(function* (
  input: ReceiversInput
): Effect.fn.Return<ReadonlyArray<Receiver>, UserFailure> {
  const { language, pageUrl, policy, refreshMs } = input
  if (pageUrl !== undefined) yield* posted("page-url", pageUrl)
  const ofFlag = (kind: "alertmanager" | "webhook") =>
    Effect.forEach(input[kind], (text) => Effect.map(posted(kind, text), (address): Target => ({ kind, address })))
  const targets = [
    ...(yield* ofFlag("alertmanager")),
    ...(yield* ofFlag("webhook")),
    ...(yield* Effect.forEach(input.to.flatMap(addressesIn), targetOf))
  ]
  const templates = yield* templatesOf(input.template)
  const words = composer({ language, pageUrl, template: templates.text })
  const make = (target: Target, name: string): Receiver => {
    switch (target.kind) {
      case "alertmanager":
        return alertmanager({ name, address: target.address, language, pageUrl, refreshMs })
      case "webhook":
        return webhook({
          name,
          address: target.address,
          shape: { language, pageUrl },
          policy,
          template: templates.json
        })
      case "slack":
        return slack({ name, address: target.address, composer: words, policy })
      case "teams":
        return teams({ name, address: target.address, composer: words, policy })
      case "ntfy":
        return ntfy({ name, address: target.address, topic: target.topic, composer: words, policy })
      case "smtp":
        return email({ name, server: target.server, composer: words, policy })
    }
  }
  const receivers = distinct(targets, make)
  if (receivers.length === 0) {
    return yield* wrongUsage(
      "No receiver: name one with --to, such as --to ntfy://ntfy.sh/TOPIC, or with --alertmanager or --webhook."
    )
  }
  if (receivers.length > mostReceivers) return yield* wrongUsage(`There are more than ${mostReceivers} receivers.`)
  yield* refuseUseless(input, templates, receivers)
  return receivers
})

/** Each of them once, by the names that health, metrics and logs have for them: `slack`, `slack-2`. */
const distinct = (
  targets: ReadonlyArray<Target>,
  make: (target: Target, name: string) => Receiver
): ReadonlyArray<Receiver> => {
  const receivers = new Map<string, Receiver>()
  const counts = new Map<Kind, number>()
  for (const target of targets) {
    const nth = (counts.get(target.kind) ?? 0) + 1
    const receiver = make(target, nth === 1 ? target.kind : `${target.kind}-${nth}`)
    if (receivers.has(receiver.key)) continue
    receivers.set(receiver.key, receiver)
    counts.set(target.kind, nth)
  }
  return [...receivers.values()]
}

/** What has no receiver to act on was meant for one that is missing. */
const refuseUseless = (
  input: ReceiversInput,
  templates: { readonly text: Template | undefined; readonly json: Template | undefined },
  receivers: ReadonlyArray<Receiver>
): Effect.Effect<void, UserFailure> => {
  const has = (test: (kind: Kind) => boolean) => receivers.some(({ kind }) => test(kind))
  if (templates.json !== undefined && !has((kind) => kind === "webhook")) {
    return Effect.fail(wrongUsage("A JSON template is the body of a webhook's requests, and no webhook is given."))
  }
  if (templates.text !== undefined && !has((kind) => kind !== "webhook" && kind !== "alertmanager")) {
    return Effect.fail(
      wrongUsage("A template that is not JSON is for Slack, Teams, ntfy and mail, and no such receiver is given.")
    )
  }
  if (input.policy !== atOnce && !has((kind) => kind !== "alertmanager")) {
    return Effect.fail(
      wrongUsage(
        "--digest and --at-most do not apply to Alertmanager, which groups by itself, and no other receiver is given."
      )
    )
  }
  return Effect.void
}
