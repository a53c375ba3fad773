import { declaredBots, ignorePresets } from "./presets.ts"

/*
 * What an agent says that it is, by parts of its text, as people group it: the family of the browser or program, what kind that is, and the system.
 * Agents say whatever they like, so this is for reading alone: nothing is decided by it.
 */

export type AgentKind = "browser" | "bot" | "program" | "monitor" | "other" | "none"

export interface Agent {
  /** Undefined where it says nothing that is known. */
  readonly family: string | undefined
  readonly kind: AgentKind
  readonly system: string | undefined
}

type Part = readonly [part: string, family: string]

/** The first that fits wins: nearly all say that they are like others, so those that more of them pretend to be come later. */
const browsers: ReadonlyArray<Part> = [
  ["SamsungBrowser/", "Samsung Internet"],
  ["YaBrowser/", "Yandex Browser"],
  ["UCBrowser", "UC Browser"],
  ["UCWEB", "UC Browser"],
  ["Vivaldi/", "Vivaldi"],
  ["DuckDuckGo/", "DuckDuckGo"],
  ["EdgA/", "Edge"],
  ["EdgiOS/", "Edge"],
  ["Edg/", "Edge"],
  ["Edge/", "Edge"],
  ["OPR/", "Opera"],
  ["OPiOS/", "Opera"],
  ["Opera Mini/", "Opera"],
  ["Opera", "Opera"],
  ["FxiOS/", "Firefox"],
  ["Focus/", "Firefox"],
  ["SeaMonkey/", "SeaMonkey"],
  ["PaleMoon/", "Pale Moon"],
  ["Iceweasel/", "Firefox"],
  ["Firefox/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["HeadlessChrome/", "Headless Chrome"],
  ["Electron/", "Electron"],
  ["Chromium/", "Chromium"],
  ["Chrome/", "Chrome"],
  ["Konqueror/", "Konqueror"],
  ["MSIE ", "Internet Explorer"],
  ["Trident/", "Internet Explorer"],
  ["Android", "Android Browser"],
  ["Safari/", "Safari"],
  ["AppleWebKit/", "WebKit"],
  ["Lynx/", "Lynx"],
  ["w3m/", "w3m"],
  ["Links (", "Links"],
  ["ELinks/", "ELinks"],
  ["Gecko/", "Gecko"]
]

const programs: ReadonlyArray<Part> = [
  ["curl/", "curl"],
  ["Wget/", "Wget"],
  ["python-requests/", "Python"],
  ["Python-urllib/", "Python"],
  ["python-httpx/", "Python"],
  ["aiohttp/", "Python"],
  ["Python/", "Python"],
  ["Go-http-client/", "Go"],
  ["okhttp/", "OkHttp"],
  ["Apache-HttpClient/", "Java"],
  ["Java/", "Java"],
  ["axios/", "Node.js"],
  ["node-fetch", "Node.js"],
  ["undici", "Node.js"],
  ["node", "Node.js"],
  ["GuzzleHttp/", "PHP"],
  ["PHP/", "PHP"],
  ["WordPress/", "WordPress"],
  ["libwww-perl/", "Perl"],
  ["Ruby", "Ruby"],
  ["Faraday", "Ruby"],
  ["PostmanRuntime/", "Postman"],
  ["insomnia/", "Insomnia"],
  ["Dalvik/", "Android"],
  ["CFNetwork/", "Apple CFNetwork"],
  ["git/", "git"],
  ["Docker", "Docker"],
  ["Prometheus/", "Prometheus"],
  ["Tiny Tiny RSS/", "Tiny Tiny RSS"],
  ["FreshRSS/", "FreshRSS"],
  ["Feedly", "Feedly"],
  ["NetNewsWire/", "NetNewsWire"],
  ["Windows-RSS-Platform/", "Windows RSS"],
  ["UniversalFeedParser/", "Universal Feed Parser"],
  ["Feedfetcher-Google", "Feedfetcher"],
  ["FeedBurner/", "FeedBurner"],
  ["MagpieRSS/", "MagpieRSS"],
  ["Liferea/", "Liferea"],
  ["Akregator/", "Akregator"],
  ["NewsBlur", "NewsBlur"],
  ["Reeder/", "Reeder"],
  ["ApacheBench/", "ApacheBench"]
]

const systems: ReadonlyArray<Part> = [
  ["Windows Phone", "Windows Phone"],
  ["Windows", "Windows"],
  ["iPhone", "iOS"],
  ["iPad", "iPadOS"],
  ["iPod", "iOS"],
  ["Android", "Android"],
  ["CrOS", "ChromeOS"],
  ["Macintosh", "macOS"],
  ["Mac OS X", "macOS"],
  ["Darwin/", "Apple"],
  ["Linux", "Linux"],
  ["X11", "Unix"],
  ["FreeBSD", "FreeBSD"],
  ["OpenBSD", "OpenBSD"],
  ["SunOS", "Solaris"]
]

const monitors = ignorePresets.monitors?.agent ?? []

/** Words by which programs that go through sites by themselves call themselves, whoever they are. */
const roams = /bot\b|bot[/;_ -]|crawl|spider|slurp|archiver|scraper/i
/** The word of an agent that names it: `AhrefsBot` of `Mozilla/5.0 (compatible; AhrefsBot/7.0; …)`. */
const roamer = /([\w.!-]*(?:bot|crawler|spider|slurp|archiver|scraper)\w*)/i

const find = (parts: ReadonlyArray<Part>, text: string): string | undefined =>
  parts.find(([part]) => text.includes(part))?.[1]

/** By which a bot of `declaredBots` is known, in small letters as `Traffic` compares it. */
const smallBots = declaredBots.map((name) => [name.toLowerCase(), name.replace(/\/$/, "")] as const)
const smallMonitors = monitors.map((name) => [name.toLowerCase(), name.replace(/\/$/, "")] as const)

const longestName = 40
/** In a longer one no name is looked for: that would take the square of its length. */
const longestAgent = 512

/** @param text the agent as the line has it; `-` and nothing are none */
export const agentOf = (text: string): Agent => {
  if (text === "" || text === "-") return { family: undefined, kind: "none", system: undefined }
  const small = text.toLowerCase()
  const system = find(systems, text)
  const bot = smallBots.find(([part]) => small.includes(part))?.[1]
  if (bot !== undefined) return { family: bot, kind: "bot", system: undefined }
  const monitor = smallMonitors.find(([part]) => small.includes(part))?.[1]
  if (monitor !== undefined) return { family: monitor, kind: "monitor", system: undefined }
  const named = text.length <= longestAgent && roams.test(text) ? roamer.exec(text)?.[1] : undefined
  if (named !== undefined) return { family: named.slice(0, longestName), kind: "bot", system: undefined }
  const browser = find(browsers, text)
  const program = find(programs, text)
  if (program !== undefined && !text.startsWith("Mozilla/")) return { family: program, kind: "program", system }
  if (browser !== undefined) return { family: browser, kind: "browser", system }
  if (program !== undefined) return { family: program, kind: "program", system }
  return { family: undefined, kind: "other", system }
}
