// Every page works without this: it adds focus on errors and guards buttons against a second press.
import { initAll } from './govuk-frontend.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()
