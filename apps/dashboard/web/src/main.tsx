import { nameLogs } from "@chaussettes/presentation"
import { render } from "preact"
import { App } from "./app.tsx"
import { connect } from "./live.ts"
import { loginByAddress } from "./login.ts"
import "./styles/page.css"

// What the server gave was relative to the first view; the address changes from view to view.
for (const base of document.querySelectorAll("base")) base.href = document.baseURI
nameLogs(document.querySelector<HTMLMetaElement>('meta[name="logs-stream"]')?.content ?? "LOGS")
await loginByAddress()
connect()
render(<App />, document.getElementById("app")!)
