import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SMTPServer } from "smtp-server"

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

interface Mail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Whether it came over TLS, and who had logged in. */
  readonly secure: boolean
  readonly user: string | undefined
  readonly raw: string
}

export interface MailReceiver {
  readonly port: number
  /** A certificate of its own making, to be trusted by NODE_EXTRA_CA_CERTS. */
  readonly certificate: string
  readonly taken: Array<Mail>
  /** What it answers to the next mails; `undefined` takes them. */
  readonly refuse: (answer: { readonly code: number; readonly text: string } | undefined) => void
  readonly close: () => Promise<void>
}

export const user = "notifier"
export const password = "hunter2 & more"

const refusal = ({ code, text }: { readonly code: number; readonly text: string }): Error =>
  Object.assign(new Error(text), { responseCode: code })

/** A real SMTP server that keeps what it takes. */
export const startMail = async (
  options: { readonly starttls?: boolean; readonly implicit?: boolean; readonly login?: boolean } = {}
): Promise<MailReceiver> => {
  const { implicit = false, login = true, starttls = true } = options
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-mail-"))
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    ],
    { stdio: "ignore" }
  )
  const taken: Array<Mail> = []
  let answer: { readonly code: number; readonly text: string } | undefined
  const server = new SMTPServer({
    secure: implicit,
    key: readFileSync(key),
    cert: readFileSync(certificate),
    authOptional: !login,
    disabledCommands: [...(starttls ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])],
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(refusal({ code: 535, text: "bad credentials" })),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith("nobody@") ? done(refusal({ code: 550, text: "no such user" })) : done(),
    onData: (stream, session, done) => {
      let raw = ""
      stream.on("data", (chunk: Buffer) => {
        raw += chunk
      })
      stream.on("end", () => {
        if (answer !== undefined) return done(refusal(answer))
        const { mailFrom, rcptTo } = session.envelope
        taken.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          raw
        })
        done()
      })
    }
  })
  // A client that does not trust the certificate goes away in the middle of the handshake.
  server.on("error", () => {})
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    certificate,
    taken,
    refuse: (next) => {
      answer = next
    },
    close: () =>
      new Promise((resolve) =>
        server.close(() => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
      )
  }
}

/** Its headers unfolded, in lower case, and its text decoded. */
export const readMail = (
  raw: string
): { readonly headers: ReadonlyMap<string, string>; readonly names: ReadonlyArray<string>; readonly text: string } => {
  const [head = "", ...rest] = raw.split("\r\n\r\n")
  const lines = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n")
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
  )
  const body = rest.join("\r\n\r\n")
  const encoding = headers.get("content-transfer-encoding")
  const text =
    encoding === "base64"
      ? Buffer.from(body, "base64").toString("utf8")
      : encoding === "quoted-printable"
        ? Buffer.from(
            body
              .replaceAll("=\r\n", "")
              .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            "latin1"
          ).toString("utf8")
        : body
  return { headers, names: [...headers.keys()], text }
}
