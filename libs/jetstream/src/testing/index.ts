export * from "./cluster.ts"
export { startProxy, type TcpProxy, type TcpProxy as Proxy } from "./proxy.ts"
export * from "./server.ts"
