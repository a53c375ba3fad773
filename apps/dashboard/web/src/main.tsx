import { render } from "preact"
import { App } from "./app.tsx"
import { connect } from "./live.ts"
import { loginByAddress } from "./login.ts"
import "./styles/page.css"

await loginByAddress()
connect()
render(<App />, document.getElementById("app")!)
