export * from "./scan-messages.ts"
export * from "./scan-thread.ts"
export * from "./worker-beside.ts"
