// Walks through the review console in Chromium as the people who use it would: wide and narrow, with and
// without JavaScript, and with axe-core looking for barriers.
import assert from 'node:assert/strict'
import {
  assertFits, assertNoBarriers, entryLinks, finish, follow, heading, idOf, leave, narrow, openWaiting, server, signIn,
  test, visit, wide
} from './walk.mjs'
import { password } from './server.mjs'

await test('a stranger is sent to the sign-in page, and afterwards to where they wanted to go', async () => {
  const page = await visit()
  await page.goto('/contracts')
  assert.match(page.url(), /\/sign-in\?next=/)
  await page.getByLabel('Email address').fill('manager@demo.example')
  await page.getByLabel('Password').fill(password)
  await follow(page, page.getByRole('button', { name: 'Sign in' }), /\/contracts$/)
  assert.equal(await heading(page), 'Contracts')
  await leave(page)
})

await test('a wrong password is refused in words, and the address stays filled in', async () => {
  const page = await visit()
  await signIn(page, 'manager@demo.example', 'not the password')
  await page.getByRole('alert').getByText('The email address or the password is not right').waitFor()
  assert.equal(await page.getByLabel('Email address').inputValue(), 'manager@demo.example')
  await leave(page)
})

await test('each role sees its own parts of the console', async () => {
  const parts = {
    admin: 'Queue Flags Contracts Balances Quarters Frameworks Ledger Devices People',
    manager: 'Queue Flags Contracts Balances Quarters Frameworks Ledger Devices',
    reviewer: 'Queue Flags Contracts Balances Quarters Frameworks Ledger',
    champion: 'Queue Flags Contracts Balances Quarters Frameworks Ledger',
    auditor: 'Queue Flags Contracts Balances Quarters Frameworks Ledger Devices People',
    supplier: 'Contracts Balances Quarters Frameworks Ledger'
  }
  for (const [role, expected] of Object.entries(parts)) {
    const page = await visit(role)
    const links = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()
    assert.equal(links.map((text) => text.replace(/[\s\d]+.*$/, '')).join(' '), expected, role)
    await leave(page)
  }
})

await test('the queue is filtered by kind and contract', async () => {
  const page = await visit('manager')
  await page.getByLabel('Kind of evidence').selectOption('hours')
  await follow(page, page.getByRole('button', { name: 'Show' }), /kind=hours/)
  const kinds = await page.locator('.tb-kind').allInnerTexts()
  assert.ok(kinds.length > 0)
  assert.ok(kinds.every((kind) => kind === 'Hours'))
  const contract = page.getByLabel('Contract')
  const choices = await contract.locator('option').count()
  assert.ok(choices > 1, 'a manager has contracts to choose from')
  await contract.selectOption({ index: 1 })
  await follow(page, page.getByRole('button', { name: 'Show' }), /contract=[^&]/)
  const chosen = await page.getByLabel('Contract').inputValue()
  assert.ok(page.url().includes(`contract=${encodeURIComponent(chosen)}`))
  await leave(page)
})

await test('an entry says what was captured and how its value came about', async () => {
  const page = await visit('manager')
  await openWaiting(page, 'hours')
  for (const name of ['What was captured', 'What it counts for', 'History', 'Your decision']) {
    await page.getByRole('heading', { name }).waitFor()
  }
  const text = await page.locator('main').innerText()
  assert.match(text, /\d (hours?|h \d)/)
  await page.getByText('Identifiers and digests').click()
  assert.match(await page.locator('details').innerText(), /[0-9a-f]{64}/)
  await leave(page)
})

await test('a question needs words, and then goes out and shows on the entry', async () => {
  const page = await visit('manager')
  const id = await openWaiting(page, 'hours')
  await page.getByRole('button', { name: 'Ask a question' }).click()
  await page.getByRole('alert').waitFor()
  assert.ok(page.url().includes(id), 'the page stays on the entry')
  await page.getByLabel('Note').fill('Which school was this?')
  await page.getByRole('button', { name: 'Ask a question' }).click()
  await page.getByText('Your question goes to the device').waitFor()
  await page.goto(`/entries/${id}`)
  await page.getByRole('heading', { name: 'Question that waits for an answer' }).waitFor()
  assert.match(await page.locator('.tb-history').innerText(), /Question asked by Samir Khan/)
  await leave(page)
})

await test('accepting leads to the next entry, and can be taken back', async () => {
  const page = await visit('manager')
  const id = await openWaiting(page)
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
  await page.getByRole('status').getByText('Accepted.').waitFor()
  assert.ok(!page.url().includes(`/entries/${id}`))
  await follow(page, page.getByRole('link', { name: 'See it, or take it back' }), new RegExp(id))
  assert.equal(idOf(page.url()), id)
  await page.locator('.tb-title').getByText('Accepted').waitFor()
  await page.getByRole('button', { name: 'Reverse' }).click()
  await page.locator('.tb-title').getByText('Waiting').waitFor()
  assert.match(await page.locator('.tb-history').innerText(), /Accepted by[\s\S]*Decision reversed by/)
  await leave(page)
})

await test('declining needs words too, and the badge counts down', async () => {
  const page = await visit('manager')
  await page.goto('/queue')
  const badge = () => page.getByRole('navigation', { name: 'Main' }).locator('.tb-count').innerText()
  const before = parseInt(await badge())
  const id = await openWaiting(page)
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Note').fill('This was counted in the week before.')
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.getByRole('status').getByText('Declined.').waitFor()
  assert.equal(parseInt(await badge()), before - 1)
  await page.goto(`/entries/${id}`)
  assert.match(await page.locator('.tb-history').innerText(), /This was counted in the week before/)
  await leave(page)
})

await test('a photo is shown to who may see its entry, and to nobody else', async () => {
  const page = await visit('manager')
  let source = null
  for (const state of ['waiting', 'accepted', 'queried', 'declined']) {
    await page.goto(`/queue?state=${state}&kind=story`)
    for (const address of await entryLinks(page).evaluateAll((links) => links.map((link) => link.href))) {
      await page.goto(address)
      const image = page.locator('.tb-photo img').first()
      if (await image.count() === 0) continue
      await image.scrollIntoViewIfNeeded()
      await page.waitForFunction(() => document.querySelector('.tb-photo img').complete)
      assert.ok(await image.evaluate((element) => element.naturalWidth) > 0, 'the photo is drawn')
      source = await image.getAttribute('src')
      break
    }
    if (source) break
  }
  assert.ok(source, 'the demo has a story with a photo')
  for (const [role, status] of [[null, 401], ['supplier', 403]]) {
    const other = await visit(role)
    assert.equal((await other.request.get(source, { headers: { Accept: 'image/*' }, maxRedirects: 0 })).status(), status)
    await leave(other)
  }
  await leave(page)
})

await test('a story says which wording was agreed to, with the digest of its words', async () => {
  const page = await visit('manager')
  await openWaiting(page, 'story')
  await page.getByRole('heading', { name: 'Consent' }).waitFor()
  await page.getByText('Wording 2026-1 in English').first().waitFor()
  assert.match(await page.locator('.tb-digest').first().innerText(), /^[0-9a-f]{64}$/)
  await page.locator('.tb-wording summary').first().click()
  await page.getByText('I can change my mind at any time').first().waitFor()
  await assertNoBarriers(page, 'the wording of a consent')
  await leave(page)
})

await test('a contract shows promised and delivered, claimed and confirmed, by measure and quarter', async () => {
  const page = await visit('manager')
  await follow(page, page.getByRole('link', { name: 'Contracts' }), /\/contracts$/)
  await follow(page, entryLinks(page).first(), /\/contracts\/./)
  const text = await page.locator('main').innerText()
  for (const words of ['Social value', 'Local economic value', 'Community contribution', 'By quarter']) {
    assert.ok(text.includes(words), words)
  }
  await page.goto('/contracts/LCC-HW-014')
  const row = page.getByRole('row', { name: /^NT29/ }).first()
  const waiting = row.locator('td[data-label="Waiting"] a')
  const hours = parseFloat(await waiting.innerText())
  await follow(page, waiting, /state=claimed/)
  let minutes = 0
  for (const words of await page.locator('td[data-label="Quantity"] span').allInnerTexts()) {
    const spoken = /^(\d+) h (\d+) min/.exec(words)
    minutes += spoken ? parseInt(spoken[1]) * 60 + parseInt(spoken[2]) : parseFloat(words.replace(',', '')) * (/min/.test(words) ? 1 : 60)
  }
  assert.ok(Math.abs(minutes / 60 - hours) < 0.006, `${minutes / 60} behind ${hours}`)
  await page.goBack()
  await page.getByLabel('Period').selectOption({ index: 1 })
  await follow(page, page.getByRole('button', { name: 'Show' }), /period=\d{4}-Q\d/)
  await leave(page)
})

await test('a contract that reports by academic years shows them, and each opens to its work', async () => {
  const page = await visit('manager')
  await page.goto('/contracts/LCC-CAT-031')
  const row = page.locator('[aria-labelledby="years"] tbody tr').filter({ hasText: /£[1-9]/ }).last()
  const both = await row.locator('td[data-label="Both"]').innerText()
  await follow(page, row.getByRole('link'), /period=\d{4}-09-01$/)
  assert.equal(await page.locator('.tb-total--main .tb-total__value').innerText(), both)
  assert.match(await page.getByLabel('Period').locator('option:checked').innerText(), /^Academic year/)
  await assertNoBarriers(page, 'a contract in one year')
  await assertFits(page, 'a contract in one year')
  const { search } = new URL(page.url())
  await follow(page, page.locator('td[data-label="Confirmed"] a').first(), /\/queue\?.*year=\d{4}-09-01/)
  assert.ok(await entryLinks(page).count() > 0)
  await page.goto(`/balances${search}&contract=LCC-CAT-031`)
  assert.equal(await page.locator('.tb-total--main .tb-total__value').innerText(), both)
  await leave(page)
})

await test('the ledger lists what happened, with its checkpoint and every line', async () => {
  const page = await visit('auditor')
  await page.goto('/ledger')
  const note = await page.getByLabel('Signed note').innerText()
  assert.match(note, /^tallybook\/[0-9a-f]{16}\n\d+\n/)
  await follow(page, page.getByRole('link', { name: 'Older' }), /before=/)
  await page.locator('.tb-table tbody a').first().click()
  assert.match(await page.getByLabel('Ledger line').innerText(), /^\{"type":/)
  await leave(page)
})

await test('an auditor reads everything and decides on nothing', async () => {
  const page = await visit('auditor')
  await openWaiting(page)
  assert.equal(await page.getByRole('button', { name: 'Accept' }).count(), 0)
  await page.getByText('reads evidence and does not decide').waitFor()
  await leave(page)
})

await test('a supplier sees figures and is refused evidence', async () => {
  const page = await visit('supplier')
  await follow(page, entryLinks(page).first(), /\/contracts\/./)
  assert.equal(await page.locator('a[href^="/queue"]').count(), 0)
  const refused = await page.goto('/queue')
  assert.equal(refused.status(), 403)
  assert.equal(await heading(page), 'You may not do this')
  await leave(page)
})

await test('an administrator enrols a device with a code and a picture, asks one for a new key, and revokes one', async () => {
  const page = await visit('admin')
  await page.goto('/devices')
  await page.getByRole('button', { name: 'Enrol a device' }).click()
  await page.getByRole('button', { name: 'Make a code' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Name of the device').fill('Tablet of the browser test')
  await page.getByRole('button', { name: 'Make a code' }).click()
  assert.match(await page.locator('.tb-big-code').innerText(), /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  const picture = await page.getByRole('img', { name: 'QR code with the enrolment link' }).boundingBox()
  assert.ok(picture.width >= 200)

  await page.goto('/devices')
  await page.locator('main table a').first().click()
  await page.getByText('In use since').waitFor()
  await page.getByRole('button', { name: 'Ask for a new key' }).click()
  await page.getByRole('status').getByText('asked for a new key').waitFor()
  await page.getByText('Asked for a new one').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Ask for a new key' }).count(), 0)

  await page.goto('/devices')
  await page.getByRole('link', { name: /^Revoke/ }).first().click()
  await page.getByRole('button', { name: 'Revoke this device' }).click()
  await page.getByRole('status').getByText('revoked').waitFor()
  await leave(page)
})

await test('an administrator adds a person, who signs in and changes the password', async () => {
  const page = await visit('admin')
  await page.goto('/people')
  await page.getByRole('button', { name: 'Add a person' }).click()
  await page.getByLabel('Name').fill('Nadia Rahman')
  await page.getByLabel('Email address').fill('nadia@demo.example')
  await page.getByLabel('Reviewer').check()
  await page.getByLabel('First password').fill('four quiet green hills')
  await page.getByRole('button', { name: 'Add this person' }).click()
  await page.getByRole('alert').getByText('Choose at least one contract').waitFor()
  await page.locator('.govuk-checkboxes__input').first().check()
  await page.getByLabel('First password').fill('four quiet green hills')
  await page.getByRole('button', { name: 'Add this person' }).click()
  await page.getByRole('link', { name: 'Nadia Rahman' }).waitFor()
  await leave(page)

  const nadia = await visit()
  await signIn(nadia, 'nadia@demo.example', 'four quiet green hills')
  await follow(nadia, nadia.getByRole('link', { name: 'Nadia Rahman' }), /\/account$/)
  await nadia.getByLabel('Present password').fill('four quiet green hills')
  await nadia.getByLabel('New password').fill('a much better secret')
  await nadia.getByRole('button', { name: 'Change the password' }).click()
  await nadia.getByRole('status').getByText('Your password was changed').waitFor()
  await follow(nadia, nadia.getByRole('button', { name: 'Sign out' }), /\/sign-in$/)
  await signIn(nadia, 'nadia@demo.example', 'a much better secret')
  await nadia.getByRole('navigation', { name: 'Main' }).waitFor()
  await leave(nadia)
})

const contractOf = (ref) => `/contracts/${ref}`
const changed = (page) => page.getByRole('status').getByText('The change was made.').waitFor()

await test('an agreed contract shows its plan, who agreed it and how a target changed', async () => {
  const page = await visit('manager')
  await page.goto(contractOf('LCC-HW-014'))
  await page.getByText(/^On \d.* by Samir Khan\. Terms change only with a reason/).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Agree this contract' }).count(), 0)
  const plan = page.getByRole('article').filter({ hasText: 'NT86' })
  assert.equal(await plan.getByText('Added value').count(), 1)
  for (const part of ['What', 'How', 'Who', 'Where', 'Baseline']) await plan.getByText(part, { exact: true }).waitFor()
  const line = page.getByRole('row', { name: /^Target of NT86/ })
  assert.match(await line.innerText(), /120\s+96\s+Two crews moved to flood repairs[\s\S]*Samir Khan/)
  await page.getByText('Employer, Investor, Service provider').waitFor()
  await leave(page)
})

await test('an administrator takes an agreement back with a reason, and a manager agrees again', async () => {
  const manager = await visit('manager')
  assert.equal((await manager.goto('/contract-reopenings/LCC-HW-014')).status(), 403)
  const admin = await visit('admin')
  await admin.goto(contractOf('LCC-HW-014'))
  await follow(admin, admin.getByRole('link', { name: 'Take the agreement back' }), /contract-reopenings/)
  await admin.getByRole('button', { name: 'Take it back' }).click()
  await admin.getByRole('alert').getByText('Say why').waitFor()
  await assertNoBarriers(admin, 'taking an agreement back, refused')
  await assertFits(admin, 'taking an agreement back, refused')
  await admin.getByLabel('Why was it a mistake?').fill('One target was of another contract.')
  await follow(admin, admin.getByRole('button', { name: 'Take it back' }), /done=reopened/)
  const line = admin.getByRole('row', { name: /^Agreement taken back/ })
  assert.match(await line.innerText(), /One target was of another contract\.[\s\S]*Ruth Ashworth/)
  await leave(admin)
  await manager.goto(contractOf('LCC-HW-014'))
  await manager.getByText('Not agreed yet').waitFor()
  await manager.getByRole('button', { name: 'Agree this contract' }).click()
  await manager.getByRole('status').getByText('The contract is agreed').waitFor()
  await leave(manager)
})

await test('a target changes with a reason, and not without', async () => {
  const page = await visit('manager')
  await page.goto(contractOf('LCC-CAT-031'))
  await follow(page, page.getByRole('link', { name: 'All targets of this contract' }), /contract-targets/)
  await follow(page, page.getByRole('link', { name: /NT14, / }).first(), /measure=NT14/)
  await page.getByLabel(/New target/).fill('2,300')
  await page.getByRole('button', { name: 'Change the target' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getByLabel(/New target/).inputValue(), '2,300')
  await page.getByLabel(/New target/).fill('2300')
  await page.getByRole('button', { name: 'Change the target' }).click()
  await page.getByRole('alert').getByText('Say why').waitFor()
  await page.getByLabel('Why does it change?').fill('One kitchen closed.')
  await follow(page, page.getByRole('button', { name: 'Change the target' }), /done=changed/)
  await changed(page)
  assert.match(await page.getByRole('row', { name: /^Target of NT14/ }).innerText(), /2,500\s+£?2,300\s+One kitchen closed\.\s+Samir Khan/)

  await follow(page, page.getByRole('link', { name: 'Change these terms' }), /contract-facts/)
  await page.getByLabel('Last day').fill('2020-01-01')
  await page.getByLabel('Why does it change?').fill('Shortened.')
  await page.getByRole('button', { name: 'Change the terms' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getByLabel('Last day').inputValue(), '2020-01-01')
  await leave(page)
})

await test('a contract is agreed by its manager, without JavaScript, and by nobody who only reads', async () => {
  for (const role of ['auditor', 'reviewer']) {
    const reader = await visit(role)
    await reader.goto(contractOf('LCC-BLD-007'))
    await reader.getByText('Not agreed yet').waitFor()
    assert.equal(await reader.getByRole('button', { name: 'Agree this contract' }).count(), 0)
    assert.equal(await reader.getByRole('link', { name: 'Change these terms' }).count(), 0)
    const answer = await reader.goto('/contract-facts/LCC-BLD-007')
    assert.equal(answer.status(), 403)
    await leave(reader)
  }
  const supplier = await visit('supplier')
  assert.equal((await supplier.goto(contractOf('LCC-BLD-007'))).status(), 404)
  assert.equal((await supplier.goto('/contract-targets/LCC-BLD-007')).status(), 404)
  assert.equal((await supplier.goto('/imports/contracts')).status(), 403)
  await leave(supplier)
  const page = await visit('manager', { javaScriptEnabled: false })
  await page.goto(contractOf('LCC-BLD-007'))
  await follow(page, page.getByRole('button', { name: 'Agree this contract' }), /done=agreed/)
  await page.getByText(/^On \d.* by Samir Khan\./).waitFor()
  await follow(page, page.getByRole('link', { name: 'Change the plan of LOCAL-1' }), /contract-plans/)
  await page.getByLabel('Baseline').fill('Three fairs in 2024.')
  await page.getByLabel('Why does it change?').fill('Counted again.')
  await follow(page, page.getByRole('button', { name: 'Save the plan' }), /done=changed/)
  assert.match(await page.getByRole('row', { name: /^Baseline, in the plan of LOCAL-1/ }).innerText(), /None\.\s+Three fairs in 2024\./)
  await leave(page)
})

const release = {
  ocid: 'ocds-213czf-000-00077', id: '1', date: '2026-01-05T09:00:00Z', tag: ['contract'], initiationType: 'tender',
  parties: [{ id: 'B1', name: 'Lancashire County Council', roles: ['buyer'] }, { id: 'S1', name: 'Lune Grounds Ltd', roles: ['supplier'] }],
  buyer: { id: 'B1', name: 'Lancashire County Council' },
  awards: [{ id: 'A1', status: 'active', suppliers: [{ id: 'S1' }] }],
  contracts: [{ id: 'C1', awardID: 'A1', title: 'Grounds maintenance', status: 'active', period: { startDate: '2026-02-01T00:00:00Z', endDate: '2029-01-31T00:00:00Z' } }]
}
const file = (name, content) => ({ name, mimeType: 'application/json', buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)) })

await test('an administrator loads contracts after reading what the file would do', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await visit('admin', { javaScriptEnabled })
    const own = { ...release, ocid: `${release.ocid}${javaScriptEnabled ? 1 : 2}` }
    await page.goto('/contracts')
    await follow(page, page.getByRole('link', { name: 'Load contracts' }).or(page.getByRole('button', { name: 'Load contracts' })), /imports\/contracts/)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('alert').getByText('Choose a file').waitFor()
    await page.getByLabel('File', { exact: true }).setInputFiles(file('release.json', own))
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('Nothing was loaded: 1 thing is wrong').waitFor()
    await page.getByText('More than one framework covers').waitFor()
    await page.getByLabel('File', { exact: true }).setInputFiles(file('release.json', own))
    await page.getByLabel('Measures, for contracts that name none').selectOption('lancashire-toms-2024@2024-28')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('heading', { name: 'What release.json would do' }).waitFor()
    assert.equal((await page.context().request.get(contractOf(`${own.ocid}/C1`))).status(), 404, 'nothing is stored yet')
    await follow(page, page.getByRole('button', { name: 'Load it' }), /done=loaded/)
    await page.goto(contractOf(`${own.ocid}/C1`))
    assert.equal(await heading(page), 'Grounds maintenance')
    await page.getByText('Lune Grounds Ltd').first().waitFor()
    await leave(page)
  }
})

await test('a file that would change agreed terms needs a reason', async () => {
  const page = await visit('admin')
  await page.goto('/imports/contracts')
  const table = 'ref,title,supplier,buyer,starts,ends,measure,period,quantity\nLCC-HW-014,Highway repairs,Ribble Roads Ltd,Lancashire County Council,2025-01-01,2029-12-31,NT86,2026-Q4,10\n'
  await page.getByLabel('File', { exact: true }).setInputFiles(file('change.csv', table))
  await page.getByRole('button', { name: 'Check the file' }).click()
  await page.getByText('is agreed, so its terms are locked').waitFor()
  await assertNoBarriers(page, 'a refused file')
  await page.getByLabel('Why do the agreed terms change?').fill('Renewed for a year.')
  await page.getByRole('button', { name: 'Check again with this reason' }).click()
  await page.getByText(/ends: .* becomes 2029-12-31/).waitFor()
  await leave(page) // and is not loaded
})

await test('sets of measures are listed with editions, and local ones are marked', async () => {
  const page = await visit('manager')
  await page.goto('/frameworks')
  assert.equal(await page.getByRole('button', { name: 'Load a framework' }).count(), 0)
  await follow(page, page.getByRole('link', { name: /^Lancashire TOMs/ }), /lancashire-toms-2024\/2024-28/)
  const row = page.getByRole('row', { name: /LOCAL-1/ })
  assert.match(await row.innerText(), /Local[\s\S]*things mended[\s\S]*£14\.20[\s\S]*Social value/)
  assert.equal(await page.getByRole('row', { name: /^NT86/ }).getByText('Local', { exact: true }).count(), 0)
  await leave(page)

  const admin = await visit('admin')
  await admin.goto('/imports/frameworks')
  await admin.getByLabel('File', { exact: true }).setInputFiles(file('bad.json', { schema: 'sv-local/1', measures: [{ code: 'LOCAL-9' }] }))
  await admin.getByRole('button', { name: 'Check the file' }).click()
  await admin.getByText(/Nothing was loaded: \d+ things are wrong/).waitFor()
  await admin.getByText('bad.json: measures[0].title').waitFor()
  const local = { schema: 'sv-local/1', id: 'fylde', framework: 'crosby-plan', revision: 1, title: 'Fylde’s own', publisher: 'Fylde', measures: [{ code: 'LOCAL-7', theme: 'environment', outcome: '4', title: 'Dunes planted', unit: 'metres', kind: 'count', proxy_gbp: null, value_class: 'none', aggregate: 'sum' }] }
  const crosby = await (await admin.context().request.get('/frameworks/crosby-plan/V2022')).text()
  assert.ok(!crosby.includes('LOCAL-7'))
  local.outcomes = [{ id: 'local-dunes', theme: 'environment', title: 'Dunes hold' }]
  local.measures[0].outcome = 'local-dunes'
  await admin.getByLabel('File', { exact: true }).setInputFiles(file('fylde.json', local))
  await admin.getByRole('button', { name: 'Check the file' }).click()
  await follow(admin, admin.getByRole('button', { name: 'Load it' }), /frameworks\?done=loaded/)
  await admin.goto('/frameworks/crosby-plan/V2022')
  await admin.getByText('LOCAL-7').waitFor()
  await leave(admin)
})

await test('a contract says what is on its page and leads there, on a phone, a tablet and a desk', async () => {
  for (const viewport of [narrow, { width: 1024, height: 768 }, wide]) {
    const page = await visit('manager', { viewport })
    await page.goto(contractOf('LCC-HW-014'))
    const contents = page.getByRole('navigation', { name: 'On this page' })
    const parts = await contents.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    assert.ok(parts.length > 6, parts.join(' '))
    for (const part of parts) assert.equal(await page.locator(`h2${part}`).count(), 1, part)
    await contents.getByRole('link', { name: 'Delivery plan' }).click()
    await page.waitForURL(/#plan$/)
    assert.ok(await page.locator('#plan').evaluate((heading) => heading.getBoundingClientRect().top < window.innerHeight))
    // Nothing touches the edge of the screen.
    const left = await page.locator('main').evaluate((main) => main.getBoundingClientRect().left)
    assert.ok(left >= 15, `${left} px beside the page`)
    await assertFits(page, `a contract at ${viewport.width}`)
    await leave(page)
  }
})

await test('an address that is not there leaves a person who is signed in their ways on', async () => {
  const page = await visit('manager')
  assert.equal((await page.goto('/no/such/page')).status(), 404)
  assert.equal(await heading(page), 'This page is not here')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Contracts' }).click()
  await page.waitForURL(/\/contracts$/)
  await leave(page)
  const stranger = await visit()
  assert.equal((await stranger.goto('/no/such/page')).status(), 404)
  assert.equal(await stranger.getByRole('navigation', { name: 'Main' }).count(), 0)
  await follow(stranger, stranger.getByRole('link', { name: 'Go to the sign-in page' }), /\/sign-in/)
  await leave(stranger)
})

await test('on a phone the present section stands in sight, however far along it is', async () => {
  const page = await visit('admin', { viewport: narrow })
  await page.goto('/people')
  const { left, right } = await page.locator('.tb-nav [aria-current]').evaluate((link) => {
    const { left, right } = link.getBoundingClientRect()
    return { left, right }
  })
  assert.ok(left >= 0 && right <= narrow.width, `${left} to ${right}`)
  await leave(page)
})

await test('signing out ends the session', async () => {
  const page = await visit('manager')
  await follow(page, page.getByRole('button', { name: 'Sign out' }), /\/sign-in$/)
  assert.equal(await heading(page), 'Sign in')
  await page.goto('/queue')
  assert.match(page.url(), /\/sign-in/)
  await leave(page)
})

await test('the keyboard reaches the main part at once', async () => {
  const page = await visit('manager')
  await page.goto('/queue')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Skip to the main part')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#main$/)
  await leave(page)
})

await test('everything that a reviewer does works without JavaScript', async () => {
  const page = await visit('manager', { javaScriptEnabled: false })
  const id = await openWaiting(page, 'hours')
  await page.getByLabel('Note').fill('Seen in the sign-in sheet.')
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
  await page.getByRole('status').getByText('Accepted.').waitFor()
  await page.goto(`/entries/${id}`)
  await page.getByText('Identifiers and digests').click()
  await page.getByText('SHA-256 of the sealed record').waitFor()
  await page.goto('/contracts')
  await follow(page, entryLinks(page).first(), /\/contracts\/./)
  await page.getByLabel('Period').selectOption({ index: 1 })
  await follow(page, page.getByRole('button', { name: 'Show' }), /period=\d/)
  await follow(page, page.getByRole('button', { name: 'Sign out' }), /\/sign-in$/)
  assert.equal(await heading(page), 'Sign in')
  await leave(page)
})

for (const [size, viewport] of [['1280 px', wide], ['390 px', narrow]]) {
  await test(`axe-core finds no barrier and every page fits at ${size}`, async () => {
    const page = await visit(null, { viewport })
    const look = async (where) => {
      await assertNoBarriers(page, where)
      await assertFits(page, where)
    }
    await page.goto('/sign-in')
    await look('sign in')
    await signIn(page, 'admin@demo.example', 'wrong password')
    await page.getByRole('alert').waitFor()
    await look('sign in, refused')
    await signIn(page, 'admin@demo.example', password)
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    for (const address of ['/queue', '/queue?state=accepted', '/queue?state=declined&kind=delivery&measure=none', '/contracts',
      '/ledger', '/ledger/0', '/devices', '/devices/new', '/people', '/people/new', '/account', '/nothing-here', '/contracts/LCC-HW-014', '/contract-targets/LCC-HW-014',
      '/contract-targets/LCC-HW-014?measure=NT1&quarter=2026-Q4', '/contract-facts/LCC-HW-014', '/contract-plans/LCC-HW-014?measure=NT86',
      '/frameworks', '/frameworks/lancashire-toms-2024/2024-28', '/imports/contracts', '/imports/frameworks']) {
      await page.goto(address)
      await look(address)
    }
    await page.goto('/people')
    await follow(page, entryLinks(page).last(), /\/people\/./)
    await look('a person')
    await page.goto('/contracts')
    await follow(page, entryLinks(page).first(), /\/contracts\/./)
    await look('a contract')
    for (const kind of ['hours', 'story', 'feedback', 'delivery']) {
      await page.goto(`/queue?state=all&kind=${kind}`)
      await follow(page, entryLinks(page).first(), /\/entries\//)
      await look(`an entry of kind ${kind}`)
    }
    await page.goto('/devices')
    await follow(page, page.getByRole('link', { name: /^Revoke/ }).first(), /\/revoke$/)
    await look('revoking a device')
    await page.goto('/devices/new')
    await page.getByLabel('Name of the device').fill(`Tablet to look at, ${size}`)
    await follow(page, page.getByRole('button', { name: 'Make a code' }), /\/codes$/)
    await look('a code')
    await leave(page)

    const manager = await visit('manager', { viewport })
    await openWaiting(manager)
    await manager.getByRole('button', { name: 'Decline' }).click()
    await manager.getByRole('alert').waitFor()
    await assertNoBarriers(manager, 'an entry, refused')
    await assertFits(manager, 'an entry, refused')
    await leave(manager)
  })
}

for (const [size, viewport] of Object.entries({ wide, narrow })) {
  await test(`a manager erases the words of a story and sees it listed, ${size}`, async () => {
    const page = await visit('manager', { viewport })
    const id = await openWaiting(page, 'story')
    await follow(page, page.getByRole('link', { name: 'Erase personal words' }), /\/erase$/)
    assert.equal(await heading(page), 'Erase personal words')
    await assertNoBarriers(page, 'erasing')
    await assertFits(page, 'erasing')
    await page.getByRole('button', { name: 'Erase' }).click()
    await page.getByRole('alert').getByText('Confirm that you read').waitFor()
    await page.getByLabel('I know that nobody').check()
    await page.getByRole('button', { name: 'Erase' }).click()
    await page.getByRole('alert').getByText('Say why').waitFor()
    await assertNoBarriers(page, 'erasing, refused')
    await assertFits(page, 'erasing, refused')
    await page.getByLabel('Why').fill('Asked for by letter')
    await page.getByLabel('I know that nobody').check()
    await follow(page, page.getByRole('button', { name: 'Erase' }), /\/erasures\?done=/)
    await page.getByText('Asked for by letter').first().waitFor()
    await assertNoBarriers(page, 'erasures')
    await assertFits(page, 'erasures')
    await page.goto(`/entries/${id}`)
    assert.equal(await page.getByRole('link', { name: 'Erase personal words' }).count(), 0)
    assert.equal(await page.getByRole('heading', { name: 'Consent' }).count(), 0)
    await page.getByRole('heading', { name: 'What is still known' }).waitFor()
    await page.getByText('destroyed on').waitFor()
    await page.getByText('Reason given: Asked for by letter').waitFor()
    await assertNoBarriers(page, 'an erased entry')
    await assertFits(page, 'an erased entry')
    await page.goto('/erasures')
    await page.getByLabel('Withdrawal code').fill('nobody-has-this')
    await follow(page, page.getByRole('button', { name: 'Erase what they gave' }), /waits/)
    await page.goto('/erasures/retention')
    assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
    await leave(page)
  })

  await test(`an administrator says how long evidence is kept, ${size}`, async () => {
    const page = await visit('admin', { viewport })
    await page.goto('/ledger')
    await follow(page, page.getByRole('link', { name: /What was erased/ }), /\/erasures$/)
    await follow(page, page.getByRole('link', { name: 'Retention rules' }), /\/retention$/)
    await assertNoBarriers(page, 'retention')
    await assertFits(page, 'retention')
    await page.getByLabel('Months').first().fill('0')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('from 1 to 1200').waitFor()
    await page.getByLabel('Months').first().fill('84')
    await follow(page, page.getByRole('button', { name: 'Save' }), /done=/)
    assert.equal(await page.getByLabel('Months').first().inputValue(), '84')
    await leave(page)
  })
}

await test('a reviewer reads what was erased and erases nothing', async () => {
  const page = await visit('reviewer')
  const id = await openWaiting(page)
  assert.equal(await page.getByRole('link', { name: 'Erase personal words' }).count(), 0)
  assert.equal((await page.goto(`/entries/${id}/erase`)).status(), 403)
  assert.equal((await page.goto('/erasures')).status(), 200)
  assert.equal(await page.getByLabel('Withdrawal code').count(), 0)
  await leave(page)
})

await finish()
