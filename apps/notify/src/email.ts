import { keyToken } from "@chaussettes/domain"
import { reasonOf } from "@chaussettes/service"
import { Clock, Effect } from "effect"
import type { NodemailerError } from "nodemailer/lib/errors"
import type { Composer, Message } from "./message.ts"
import type { Policy } from "./outbox.ts"
import { NotTaken } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import { shortText } from "./words.ts"

/** How mail is handed in. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** From the first byte, or by STARTTLS, which must succeed; `none` sends in the clear. */
  readonly tls: "implicit" | "starttls" | "none"
  readonly user: string | undefined
  readonly password: string
  readonly from: string
  readonly to: ReadonlyArray<string>
}

/** Each step of the dialogue, and all of it. */
const stepWithinMs = 10_000
const takenWithinMs = 30_000

const mostSubjectChars = 200
/** What is read of a refusal, to be shown. */
const mostAnswerChars = 200

const shown = (text: string): string => shortText(text.replaceAll(/\s+/g, " "), mostAnswerChars)

/** What is wrong before there is an answer: that of TLS is not over without somebody's doing, that of the network may be soon. */
const unreachable = ({ code, message, originalCode = "" }: NodemailerError): NotTaken => {
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(originalCode)) {
    const why = `its certificate is not trusted (${shown(message.split(";")[0]!)}): NODE_EXTRA_CA_CERTS names an authority of your own`
    return new NotTaken({ kind: "refused", why })
  }
  if (originalCode === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return new NotTaken({
      kind: "refused",
      why: "it does not speak TLS on this port: use smtp://, which starts without TLS and switches to it"
    })
  }
  const isLate = code === "ETIMEDOUT" || code === "EABORT"
  const why = isLate
    ? `it did not accept the message within ${takenWithinMs / 1000} s`
    : shown(reasonOf({ code: originalCode || code, message }))
  return new NotTaken({ kind: "busy", why })
}

/** A mail server refuses a message for good with 5xx; what it says with 4xx, and silence, may be over soon. */
const notTaken = (error: unknown): NotTaken => {
  const failure = error as NodemailerError
  const { code, permanent, response } = failure
  if (code === "ETLS") {
    const why = `it offers no STARTTLS${response === undefined ? "" : ` (${shown(response)})`}: give smtps:// for TLS from the first byte, or ?tls=none where the way to it is safe`
    return new NotTaken({ kind: "refused", why })
  }
  if (response === undefined) return unreachable(failure)
  return new NotTaken({ kind: permanent === true ? "refused" : "busy", why: `it answers ${shown(response)}` })
}

/** The mail of a message. Its lines of header are encoded by the library; a line end in one is no line end any more before it gets there. */
export const mailOf = (server: MailServer, message: Message) => {
  const domain = server.from.slice(server.from.lastIndexOf("@") + 1)
  const idOf = (text: string) => `<${keyToken(text)}@${domain}>`
  return {
    from: server.from,
    to: [...server.to],
    subject: shortText(message.title, mostSubjectChars),
    text: `${message.text}\n${message.link === undefined ? "" : `\n${message.link.words}: ${message.link.url}\n`}`,
    messageId: idOf(message.key),
    // Mail programs show what belongs to an incident together.
    ...(message.incident === undefined ? {} : { references: [idOf(message.incident)] }),
    headers: { "Auto-Submitted": "auto-generated" }
  }
}

/** A receiver for mail over SMTP. */
export const email = (options: {
  readonly name: string
  readonly server: MailServer
  readonly composer: Composer
  readonly policy: Policy
}): Receiver => {
  const { composer, name, policy, server } = options
  const { from, host, password, port, tls, to, user } = server
  const at = `${host}:${port}`
  const send = (message: Message) =>
    Effect.gen(function* () {
      const taken = yield* Effect.tryPromise({
        try: async (signal) => {
          const { createTransport } = await import("nodemailer")
          const transport = createTransport({
            host,
            port,
            secure: tls === "implicit",
            requireTLS: tls === "starttls",
            ignoreTLS: tls === "none",
            ...(user === undefined ? {} : { auth: { user, pass: password } }),
            connectionTimeout: stepWithinMs,
            greetingTimeout: stepWithinMs,
            socketTimeout: stepWithinMs,
            dnsTimeout: stepWithinMs,
            disableFileAccess: true,
            disableUrlAccess: true
          })
          try {
            const within = AbortSignal.any([signal, AbortSignal.timeout(takenWithinMs)])
            return await transport.sendMail({ ...mailOf(server, message), signal: within })
          } finally {
            transport.close()
          }
        },
        catch: notTaken
      })
      if (taken.rejected.length > 0) {
        const refused = shown(taken.rejected.map(String).join(", "))
        yield* Effect.logWarning(`${name} at ${at} accepts mail, but not for ${refused}.`)
      }
    })
  return {
    kind: "smtp",
    name,
    shown: at,
    key: `smtp.${keyToken([at, user ?? "", from, ...to].join("\n"))}`,
    policy,
    tell: (batch) => send(composer.message(batch)),
    test: Effect.flatMap(Clock.currentTimeMillis, (nowMs) => send(composer.test(nowMs)))
  }
}
