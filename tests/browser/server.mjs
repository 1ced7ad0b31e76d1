// The real server on demo data, and the real browser.
import { chromium } from 'playwright-core'

export { startDemoServer as startServer } from '../support/demo_server.mjs'

export const password = 'tallybook-demo'

export function startBrowser () {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Without these flags Chromium looks for its maker's servers, and refuses to run as root.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync']
  })
}
