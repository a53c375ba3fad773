/**
 * Which nats-server is brought, and what its archives must hash to. The sums are those of the release's SHA256SUMS
 * (https://github.com/nats-io/nats-server/releases/tag/v2.15.0), the same that the official image is built with.
 * A platform whose sum is not known is left out: nothing unchecked is ever run.
 */
export const release = {
  version: "2.15.0",
  baseUrl: "https://github.com/nats-io/nats-server/releases/download/",
  sha256: {
    "darwin-amd64": "5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95",
    "darwin-arm64": "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
    "linux-amd64": "5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92",
    "linux-arm64": "cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112"
  } as { readonly [platform: string]: string }
} as const

/** What `go install` builds; Go's own checksum database vouches for the source. */
export const goModule = { path: "github.com/nats-io/nats-server/v2", version: "2.15.2" } as const

const architectures: { readonly [arch: string]: string } = { x64: "amd64", arm64: "arm64" }

/** This machine as the release names it: `linux-amd64`. */
export const platformName = (platform: string = process.platform, arch: string = process.arch): string =>
  `${platform}-${architectures[arch] ?? arch}`

/** The numbers of `2.15.0`, `v2.15.0-rc.1` or Debian's `2.9.10-1+b3`; undefined where the text holds none. */
export const parseVersion = (text: string): readonly [number, number, number] | undefined => {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}

export const isAtLeast = (version: string, least: string): boolean => {
  const [a, b] = [parseVersion(version), parseVersion(least)]
  if (a === undefined || b === undefined) return false
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i]! > b[i]!
  return true
}
