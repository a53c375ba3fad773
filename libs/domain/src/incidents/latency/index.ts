export { RequestTimes } from "./request-times.ts"
