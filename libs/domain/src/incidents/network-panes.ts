import { incidentLimits } from "./incident-limits.ts"
import { networksOf } from "./network.ts"
import { type ClassIndex, classIndexes, type KeyPanes } from "./panes.ts"

/** A network is looked at once so many of its clients fail in one window; fewer are told by their addresses. */
const leastClients = 3

interface Pane {
  readonly network: string
  requests: number
  errors: [number, number]
}

/** FNV-1a: a network's text stands for itself. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/**
 * The networks of a window's clients: those of which several clients fail, and those that have evidence already.
 * @param errors of all clients
 */
export const networkPanes = (ips: KeyPanes, errors: number, watched: ReadonlyMap<string, unknown>): KeyPanes => {
  if (errors < leastClients && watched.size === 0) return noPanes
  const failing = errors === 0 ? [] : failingClients(ips)
  if (failing.length < leastClients && watched.size === 0) return noPanes
  const clientsBy = new Map<string, number>()
  // Texts and prefixes of thousands of clients are made no more than once.
  const networksBy: Array<ReadonlyArray<string>> = []
  for (const i of failing) {
    const networks = networksOf(ips.text(i))
    networksBy.push(networks)
    for (const network of networks) {
      const clients = clientsBy.get(network)
      if (clients !== undefined || clientsBy.size < incidentLimits.failingNetworks)
        clientsBy.set(network, (clients ?? 0) + 1)
    }
  }
  const byNetwork = new Map<string, Pane>()
  for (const [network, clients] of clientsBy)
    if (clients >= leastClients || watched.has(network)) byNetwork.set(network, paneOf(network))
  if (byNetwork.size === 0 && watched.size === 0) return noPanes
  for (let i = 0, next = 0; i < ips.count; i++) {
    const networks = failing[next] === i ? networksBy[next++]! : networksOf(ips.text(i))
    for (const network of networks) {
      let pane = byNetwork.get(network)
      if (pane === undefined) {
        if (!watched.has(network)) continue
        pane = paneOf(network)
        byNetwork.set(network, pane)
      }
      pane.requests += ips.requests(i)
      if (ips.errors(i) > 0) for (const c of classIndexes) pane.errors[c] += ips.errorsOf(i, c)
    }
  }
  return panesOf([...byNetwork.values()])
}

const failingClients = (ips: KeyPanes): ReadonlyArray<number> => {
  const failing: Array<number> = []
  for (let i = 0; i < ips.count; i++) if (ips.errors(i) > 0) failing.push(i)
  return failing
}

const paneOf = (network: string): Pane => ({ network, requests: 0, errors: [0, 0] })

const panesOf = (panes: ReadonlyArray<Pane>): KeyPanes => ({
  count: panes.length,
  requests: (i) => panes[i]!.requests,
  errors: (i) => panes[i]!.errors[0] + panes[i]!.errors[1],
  errorsOf: (i, c: ClassIndex) => panes[i]!.errors[c],
  hash: (i) => hashOf(panes[i]!.network),
  text: (i) => panes[i]!.network,
  is: (i, text) => panes[i]!.network === text
})

const noPanes = panesOf([])
