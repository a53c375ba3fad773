import { chaussettes, nats, succeeded } from "@chaussettes/testing"

export interface Verified {
  readonly ok: boolean
  readonly lines: number
  readonly windows: { readonly same: number; readonly lost: number; readonly extra: number; readonly different: number }
  readonly alerts: Verified["windows"]
  readonly unverifiable: { readonly records: number }
  readonly undecided: { readonly messages: number }
}

/** What `verify` says, whatever it ends with. */
export const verify = async (env: Record<string, string>): Promise<Verified> => {
  const { stdout } = await chaussettes(["verify", "--json"], { env })
  return JSON.parse(stdout)
}

export interface StreamState {
  readonly messages: number
  readonly first_seq: number
  readonly last_seq: number
}

/** The state of a stream, by the `nats` CLI. */
export const stateOf = async (stream: string, env: Record<string, string>): Promise<StreamState> =>
  JSON.parse(await succeeded(nats(["stream", "info", stream, "--json"], { env }))).state
