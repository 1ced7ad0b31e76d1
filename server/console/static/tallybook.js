// Every page works without this: it adds focus on errors, guards buttons against a second press, and shows where one is.
import { initAll } from './govuk-frontend.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

// On a phone the sections stand in one line that scrolls: the present one is to be seen.
document.querySelector('.tb-nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
