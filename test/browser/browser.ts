import { existsSync, mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"

const candidates = [
  process.env.CHROMIUM_BIN ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome"
]

/** Where a Chromium is; undefined where there is none. */
const chromiumPath = candidates.find((path) => path !== "" && existsSync(path))

/**
 * Without a browser these tests cannot run. On a developer's machine that is said and they are passed over; in CI, which
 * installs one, it is a failure.
 */
export const skipWithoutChromium = (): boolean => {
  if (chromiumPath !== undefined) return false
  if (process.env.CI !== undefined && process.env.CI !== "") {
    throw new Error("No Chromium was found, and this is CI: install Debian's package chromium, or set CHROMIUM_BIN.")
  }
  console.warn(
    "Browser tests are skipped: no Chromium was found. Install Debian's package chromium, or set CHROMIUM_BIN."
  )
  return true
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })

export interface Watched {
  readonly page: Page
  /** Errors on the console, exceptions, and violations of the Content-Security-Policy. */
  readonly complaints: ReadonlyArray<string>
}

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly locale?: string
  /** What the console may say without it being a fault. */
  readonly allow?: RegExp
}

/** A page of its own, of which everything that goes wrong is kept. */
export const openPage = async (browser: Browser, look: Look = {}): Promise<Watched> => {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1_360, height: look.height ?? 900 },
    colorScheme: look.dark === true ? "dark" : "light",
    locale: look.locale ?? "en-GB",
    timezoneId: "Europe/Paris"
  })
  const page = await context.newPage()
  const complaints: Array<string> = []
  const complain = (text: string) => {
    if (look.allow?.test(text) !== true) complaints.push(text)
  }
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complain(`${message.type()}: ${message.text()}`)
  })
  page.on("pageerror", (error) => complain(`exception: ${error.message}`))
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (hostname !== "127.0.0.1" && protocol !== "file:") complain(`asked another host: ${request.url()}`)
  })
  return { page, complaints }
}

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url))

/** The pictures of the README, where this run is to make them. */
export const screenshot = async (page: Page, name: string): Promise<void> => {
  if ((process.env.SCREENSHOTS ?? process.env.CI ?? "") === "") return
  mkdirSync(images, { recursive: true })
  await page.screenshot({ path: `${images}${name}.png` })
}
