// The work of a contract manager and an administrator around double counting and quarters: compare, settle,
// take back, divide, release, close, read balances. Wide and narrow, with and without JavaScript.
import assert from 'node:assert/strict'
import {
  assertFits, assertNoBarriers, entryLinks, finish, follow, heading, leave, narrow, openWaiting, test, visit, wide
} from './walk.mjs'

async function look (page, where) {
  await assertNoBarriers(page, where)
  await assertFits(page, where)
}

const caseRow = (page, rule, words) =>
  page.locator('.tb-table tbody tr').filter({ hasText: rule }).filter({ hasText: words }).first()

async function openCase (page, rule, words = '') {
  await page.goto('/flags')
  await follow(page, caseRow(page, rule, words).getByRole('link').first(), /\/flags\/\d+/)
}

const openCount = async (page) => {
  await page.goto('/flags')
  return parseInt(await page.locator('.tb-tabs .tb-count').innerText())
}

// The demo's other entries are invented anew each day, and sometimes overlap by themselves.
const plantedWork = 'Mending chairs'

await test('a reviewer who sees half of a case is told who can settle it, and sees nothing of the other half', async () => {
  const page = await visit('reviewer')
  await openCase(page, 'One person, two entries', plantedWork)
  await page.getByText('belong to a contract that is not yours').waitFor()
  await page.getByText('Samir Khan can').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Settle' }).count(), 0)
  const text = await page.locator('main').innerText()
  assert.match(text, /a contract that you do not see/)
  assert.doesNotMatch(text, /Friends of the Ribble/)
  await look(page, 'half a case')
  await leave(page)
})

await test('one person with two contracts at once is compared, settled, listed and opened again', async () => {
  const page = await visit('manager')
  const before = await openCount(page)
  await openCase(page, 'One person, two entries', plantedWork)
  const text = await page.locator('main').innerText()
  assert.match(text, /both say 15:00 to 16:30 on .*: 1 h 30 min/)
  assert.match(text, /Almost certain, 96%/)
  await page.locator('.tb-compare tr', { hasText: 'Host' }).getByText('differs').waitFor()
  assert.equal(await page.locator('.tb-compare tr', { hasText: 'Whose time' }).getByText('differs').count(), 0)

  await page.getByRole('button', { name: 'Settle' }).click()
  await page.getByRole('alert').getByText('Choose what these entries are').waitFor()
  await look(page, 'a case, refused')
  await page.getByLabel('Same work: keep A').check()
  await page.getByRole('button', { name: 'Settle' }).click()
  await page.getByRole('alert').getByText('Say why').waitFor()
  assert.ok(await page.getByLabel('Same work: keep A').isChecked(), 'what was chosen stays chosen')
  await page.getByRole('textbox', { name: 'Why' }).fill('She left the river bank at four.')
  await follow(page, page.getByRole('button', { name: 'Settle' }), /done=settled/)
  assert.ok(await openCount(page) < before)

  await page.goto('/flags?settled=1')
  await look(page, 'settled')
  await follow(page, caseRow(page, 'One person, two entries', 'Samir Khan').filter({ hasText: plantedWork }).getByRole('link').first(), /\/flags\/\d+/)
  await page.getByText('She left the river bank at four.').waitFor()
  await page.locator('.tb-compare').getByText('Duplicate').waitFor()
  await look(page, 'a settled case')
  const duplicate = page.locator('.tb-compare thead th').nth(1).getByRole('link')
  await follow(page, duplicate, /\/entries\//)
  await page.getByText('Another entry counts this work').waitFor()
  await look(page, 'a duplicate')
  await page.goBack()
  await page.getByRole('textbox', { name: 'Why' }).fill('The times were right after all.')
  await follow(page, page.getByRole('button', { name: 'Open again' }), /done=reopened/)
  await page.getByRole('button', { name: 'Settle' }).waitFor()
  assert.equal(await openCount(page), before)
  await leave(page)
})

await test('a head count takes the people who were part of it, and leaves who was not', async () => {
  const page = await visit('manager')
  await openCase(page, 'A head count beside people', 'Clearing litter')
  await look(page, 'a group case')
  await page.getByLabel('Part of the group count A').check()
  await page.getByLabel(/· Tom Rigby/).uncheck()
  await page.getByRole('textbox', { name: 'Why' }).fill('Tom came on his own account.')
  await follow(page, page.getByRole('button', { name: 'Settle' }), /done=settled/)
  await follow(page, page.getByRole('link', { name: 'See it, or open it again' }), /\/flags\/\d+/)
  const states = async (name) => page.locator('.tb-table--many tr', { hasText: name }).locator('.tb-tag').innerText()
  assert.match(await states('Marcin Nowak'), /Duplicate/)
  assert.match(await states('Tom Rigby'), /Waiting/)
  assert.match(await states('Group of 8'), /Waiting/)
  await leave(page)
})

await test('two measures for one piece of work come down to one', async () => {
  const page = await visit('manager')
  await openCase(page, 'One piece of work under two measures')
  await page.getByText('They exclude each other for the same hour given by the same person').waitFor()
  await page.getByLabel(/^Count it under NT\d+: keep/).first().check()
  await page.getByRole('textbox', { name: 'Why' }).fill('This is the measure of the contract.')
  await follow(page, page.getByRole('button', { name: 'Settle' }), /done=settled/)
  await leave(page)
})

await test('the same photo stands side by side', async () => {
  const page = await visit('manager')
  await openCase(page, 'The same photo twice')
  const photos = page.locator('.tb-compare .tb-photo img')
  assert.equal(await photos.count(), 2)
  await photos.first().scrollIntoViewIfNeeded()
  await page.waitForFunction(() => [...document.querySelectorAll('.tb-photo img')].every((image) => image.complete && image.naturalWidth > 0))
  await leave(page)
})

await test('a flagged entry is marked in the queue and leads to its flag before it can be accepted', async () => {
  const page = await visit('manager')
  await page.goto('/queue')
  await page.getByLabel('Only flagged').check()
  await follow(page, page.getByRole('button', { name: 'Show' }), /flagged=1/)
  const rows = await page.locator('.tb-table tbody tr').count()
  assert.equal(await page.locator('.tb-flagged').count(), rows)
  await look(page, 'the flagged queue')
  await follow(page, entryLinks(page).first(), /\/entries\//)
  assert.equal(await page.getByRole('button', { name: 'Accept', exact: true }).count(), 0)
  await look(page, 'a flagged entry')
  await follow(page, page.getByRole('button', { name: 'Settle the flag first' }), /\/flags\/\d+/)
  await leave(page)
})

await test('hours are divided over two contracts without JavaScript, and put together again', async () => {
  const page = await visit('manager', { javaScriptEnabled: false })
  await page.goto('/queue?state=waiting&kind=hours')
  const rows = page.locator('.tb-table tbody tr')
  const plain = rows.filter({ hasNot: page.locator('.tb-flagged') }).filter({ hasText: 'NT29' }).first()
  const words = await plain.locator('td[data-label="Quantity"]').innerText()
  await follow(page, plain.getByRole('link'), /\/entries\//)
  const entry = page.url()
  await follow(page, page.getByRole('link', { name: 'Divide between' }), /\/split/)
  const hours = /^([\d.]+) hours?/.exec(words)
  const spoken = /^(\d+) h (\d+) min/.exec(words)
  const minutes = hours ? Math.round(parseFloat(hours[1]) * 60) : parseInt(spoken[1]) * 60 + parseInt(spoken[2])
  const clock = (value) => `${Math.floor(value / 60)}:${String(value % 60).padStart(2, '0')}`
  const target = page.getByLabel('Contract and measure')
  await page.getByLabel('Hours').first().fill('0:30')
  await target.nth(1).selectOption({ index: 2 })
  await page.getByLabel('Hours').nth(1).fill('0:15')
  await page.getByRole('textbox', { name: 'Why' }).fill('Half an hour was for the schools.')
  await page.getByRole('button', { name: 'Divide', exact: true }).click()
  await page.getByRole('alert').getByText('add up to').waitFor()
  await page.getByRole('button', { name: 'Add a part' }).click()
  assert.equal(await page.getByLabel('Hours').count(), 3)
  assert.equal(await page.getByLabel('Hours').first().inputValue(), '0:30')
  await page.getByLabel('Hours').nth(1).fill(clock(minutes - 30))
  await follow(page, page.getByRole('button', { name: 'Divide', exact: true }), /done=split/)
  await page.getByRole('heading', { name: 'Divided into' }).waitFor()
  assert.equal(await page.locator('[aria-labelledby="parts"] li').count(), 2)
  await follow(page, page.locator('[aria-labelledby="parts"] a').first(), /\/entries\//)
  await page.getByText('A part of a divided entry').waitFor()
  await page.goto(entry)
  await page.getByRole('textbox', { name: 'Why' }).fill('It was one job.')
  await page.getByRole('button', { name: 'Reverse' }).click()
  await page.locator('.tb-title').getByText('Waiting').waitFor()
  await leave(page)
})

await test('an administrator lets held values count and holds one again', async () => {
  const page = await visit('admin')
  await page.goto('/held')
  await look(page, 'held values')
  await follow(page, entryLinks(page).first(), /\/held\/entries/)
  await page.getByRole('button', { name: 'Let the ticked values count' }).click()
  await page.getByRole('alert').waitFor()
  await look(page, 'held values of a measure, refused')
  await page.getByRole('textbox', { name: 'Why' }).fill('The publisher confirmed the unit.')
  await follow(page, page.getByRole('button', { name: 'Let all of this measure count' }), /changed=/)
  assert.equal(await page.getByText('Held', { exact: true }).count(), 0)
  await page.getByRole('checkbox').first().check()
  await page.getByRole('textbox', { name: 'Why' }).fill('This one is in tonnes.')
  await follow(page, page.getByRole('button', { name: 'Hold the ticked values again' }), /changed=1/)
  assert.equal(await page.locator('.tb-tag--held').count(), 1)
  await leave(page)

  const manager = await visit('manager')
  await manager.goto('/held')
  await follow(manager, entryLinks(manager).first(), /\/held\/entries/)
  assert.equal(await manager.getByRole('checkbox').count(), 0)
  await leave(manager)
})

await test('an administrator closes a quarter after reading the checklist, and later decisions post to the open one', async () => {
  const page = await visit('admin')
  await page.goto('/quarters')
  const second = entryLinks(page).nth(1)
  const name = await second.innerText()
  await follow(page, second, /\/quarters\/\d{4}-Q\d$/)
  const address = new URL(page.url()).pathname
  await follow(page, page.getByRole('button', { name: 'Close this quarter' }), /\/close$/)
  await look(page, 'closing')
  await page.getByRole('button', { name: `Close ${name}` }).click()
  await page.getByRole('alert').getByText('Look at the open items').waitFor()
  await look(page, 'closing, refused')
  await page.getByLabel(/I have looked at the \d+ open item/).check()
  await page.getByLabel('Note (optional)').fill('Agreed with both managers.')
  await follow(page, page.getByRole('button', { name: `Close ${name}` }), /done=closed/)
  await page.getByText('The quarter is closed.').waitFor()
  await page.getByText('Agreed with both managers.').waitFor()
  await leave(page)

  const manager = await visit('manager')
  assert.equal((await manager.goto(`${address}/close`)).status(), 403)
  const quarter = /\d{4}-Q\d/.exec(address)[0]
  await manager.goto(`/queue?state=queried&quarter=${quarter}&kind=hours`)
  const rows = manager.locator('.tb-table tbody tr').filter({ hasNot: manager.locator('.tb-flagged') }).filter({ hasText: '£' })
  await follow(manager, rows.first().getByRole('link'), /\/entries\//)
  const entry = manager.url()
  await manager.getByRole('button', { name: 'Accept', exact: true }).click()
  await manager.getByRole('status').getByText('Accepted.').waitFor()
  await manager.goto(entry)
  await manager.getByText('because the quarter of the work was closed by then').waitFor()
  await manager.goto(address)
  await manager.getByRole('heading', { name: 'Posted later' }).waitFor()
  assert.match(await manager.locator('[aria-labelledby="later"]').innerText(), /−£[\d.,]+ waiting, \+£[\d.,]+ confirmed/)
  await look(manager, 'a closed quarter')
  await manager.locator('[aria-labelledby="later"] a[href^="/quarters"]').first().click()
  await manager.getByRole('heading', { name: 'Corrections of earlier quarters' }).waitFor()
  await look(manager, 'a quarter with corrections')

  await manager.goto(entry)
  await manager.locator('main a[href^="/contracts/"]').first().click()
  await manager.getByRole('heading', { name: 'Posted after a quarter was closed' }).waitFor()
  await look(manager, 'a contract with corrections')
  const moved = manager.locator('[aria-labelledby="moved"] li')
  assert.match(await moved.first().innerText(), /−£[\d.,]+ waiting, \+£[\d.,]+ confirmed of Q\d \d{4} in Q\d \d{4}/)
  await follow(manager, moved.first().getByRole('link').nth(1), /period=/)
  await manager.getByRole('heading', { name: 'Corrections of earlier quarters' }).waitFor()
  await follow(manager, manager.locator('[aria-labelledby="earlier"] li').first().getByRole('link').first(), /period=/)
  await manager.getByRole('heading', { name: 'Posted later' }).waitFor()
  await leave(manager)
})

await test('balances are grouped, open to their entries and come as a file', async () => {
  const page = await visit('manager')
  const total = async () => page.locator('.tb-total--main .tb-total__value').innerText()
  await page.goto('/balances')
  const whole = await total()
  for (const by of ['supplier', 'measure', 'outcome', 'theme', 'quarter', 'place', 'role', 'value_class', 'verification']) {
    await page.goto('/balances')
    await page.getByLabel('By', { exact: true }).selectOption(by)
    await follow(page, page.getByRole('button', { name: 'Show' }), new RegExp(`by=${by}`))
    assert.equal(await total(), whole, by)
    assert.ok(await page.locator('.tb-table--balances tbody tr').count() > 0, by)
  }
  await page.goto('/balances?by=verification')
  await follow(page, page.locator('tr', { hasText: 'host organisation' }).getByRole('link').first(), /\/queue\?.*line=host/)
  assert.ok(await entryLinks(page).count() > 0)
  await page.goto('/balances?by=supplier')
  const file = await page.request.get(await page.getByRole('link', { name: 'Download this table' }).getAttribute('href'))
  assert.match(file.headers()['content-type'], /^text\/csv/)
  const lines = (await file.text()).trim().split('\r\n')
  assert.match(lines[0], /Supplier,Detail,Social value confirmed/)
  assert.match(lines.at(-1), /^Total,/)
  await leave(page)

  const supplier = await visit('supplier')
  await supplier.goto('/balances')
  assert.equal(await supplier.locator('main a[href^="/queue"]').count(), 0)
  await leave(supplier)
})

for (const [size, viewport] of [['1280 px', wide], ['390 px', narrow]]) {
  await test(`axe-core finds no barrier and the new pages fit at ${size}`, async () => {
    const page = await visit('admin', { viewport })
    for (const address of ['/flags', '/flags?settled=1', '/flags?contract=none', '/held', '/quarters', '/balances',
      '/balances?by=measure', '/balances?by=theme', '/balances?contract=none&period=2001-Q1']) {
      await page.goto(address)
      await look(page, address)
    }
    await page.goto('/quarters')
    await follow(page, entryLinks(page).first(), /\/quarters\/./)
    await look(page, 'the running quarter')
    await page.goto('/held')
    await follow(page, entryLinks(page).first(), /\/held\/entries/)
    await look(page, 'held values of a measure')
    for (const rule of ['A head count beside people', 'One person, two entries', 'The same photo twice']) {
      await openCase(page, rule)
      await look(page, rule)
    }
    await leave(page)
    const manager = await visit('manager', { viewport })
    await openWaiting(manager, 'delivery')
    await follow(manager, manager.getByRole('link', { name: 'Divide between' }), /\/split/)
    assert.match(await heading(manager), /^Divide/)
    await look(manager, 'dividing a delivery')
    await manager.getByRole('button', { name: 'Divide', exact: true }).last().click()
    await manager.getByRole('alert').waitFor()
    await look(manager, 'dividing, refused')
    await leave(manager)
  })
}

await finish()
