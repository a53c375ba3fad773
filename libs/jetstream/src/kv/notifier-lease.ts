import { Layer } from "effect"
import { NotifierLease } from "../ports/lease-store.ts"
import { notifyBucket } from "../topology.ts"
import { leaseUnder } from "./lease-key.ts"

/** Two words, as every key of the bucket: receivers are of other kinds. */
const key = "lease.notifier"

export const layerNotifierLease = Layer.effect(NotifierLease, leaseUnder(notifyBucket, key))
