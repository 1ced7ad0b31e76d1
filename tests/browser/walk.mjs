// What the browser tests share: people of the demo with a browser each, and what is looked for on every
// page. Prints a line for each test, and "N passed, N failed" at the end.
import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import { password, startBrowser, startServer } from './server.mjs'

export const wide = { width: 1280, height: 900 }
export const narrow = { width: 390, height: 844 }

export const server = await startServer()
export const browser = await startBrowser()
let passed = 0
const failures = []

export async function test (name, body) {
  try {
    await body()
    ++passed
    console.log(`ok    ${name}`)
  } catch (error) {
    failures.push(name)
    console.log(`FAIL  ${name}\n${error.stack}`)
  }
}

/** A browser of its own, signed in as somebody of the demo; complaints of pages are collected. */
export async function visit (role, options = {}) {
  const context = await browser.newContext({ viewport: wide, baseURL: server.url, ...options })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  page.complaints = []
  page.on('pageerror', (error) => page.complaints.push(`script: ${error.message}`))
  page.on('console', (message) => {
    const expected = /status of (401|403|404|409|422|429)/.test(message.text())
    if (message.type() === 'error' && !expected) page.complaints.push(`console: ${message.text()}`)
  })
  if (role) {
    await signIn(page, `${role}@demo.example`, password)
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
  }
  return page
}

export async function signIn (page, email, secret) {
  await page.goto('/sign-in')
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function leave (page) {
  assert.deepEqual(page.complaints, [], 'the pages must not complain')
  await page.context().close()
}

export const heading = (page) => page.getByRole('heading', { level: 1 }).innerText()
export const entryLinks = (page) => page.locator('.tb-table a.tb-evidence__link')
export const idOf = (address) => /entries\/([0-9a-f-]{36})/.exec(address)[1]

/** Presses a link or button and waits until the browser is at an address that fits. */
export async function follow (page, control, address) {
  await Promise.all([page.waitForURL(address), control.click()])
}

/** Opens the first waiting entry of a kind that no open flag holds. */
export async function openWaiting (page, kind = '') {
  await page.goto(`/queue?state=waiting&kind=${kind}`)
  const free = page.locator('.tb-table tbody tr').filter({ hasNot: page.locator('.tb-flagged') })
  await follow(page, free.locator('a.tb-evidence__link').first(), /\/entries\//)
  return idOf(page.url())
}

export async function assertNoBarriers (page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map((found) => `${found.id} (${found.impact}): ${found.nodes.map((node) => node.target.join(' ')).join('; ')}`)
  assert.deepEqual(told, [], `axe-core found barriers at ${where}`)
}

export async function assertFits (page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(over <= 0, `${where} is ${over} px wider than the screen`)
}

/** Ends the browser and the server, looks at what the server logged, and says how it went. */
export async function finish () {
  await browser.close()
  await test('the server stops when it is asked to, and its log names nobody', async () => {
    const log = server.log()
    assert.ok(!/demo\.example|Samir|Nadia|\?/.test(log), 'the access log is free of names, addresses and queries')
    assert.equal(await server.stop(), 0)
  })
  if (failures.length > 0) console.log(`${failures.length} failed`)
  console.log(`${passed} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 ? 0 : 1
}
